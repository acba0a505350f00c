import { readFileSync } from 'node:fs'
import { PacketproofError } from '../../../errors.ts'
import { localTools, type RunTool } from '../../run-tool.ts'
import { failureText } from '../failure-text.ts'
import { applyInitRules } from './apply-rules.ts'
import { buildInitRules } from './build-rules.ts'
import { requireCapability } from './capability.ts'
import { initHelp } from './flag-table.ts'
import type { InitOptions } from './init-options.ts'
import { readPodFacts } from './pod-facts.ts'
import { readFlags } from './read-flags.ts'
import { readInitOptions } from './read-options.ts'
import { renderRemoval, renderRestore } from './rule-builder.ts'

/** Upstream's, by which istio-cni knows a pod that has no rules yet. */
const validationExitCode = 126

/**
 * `packetproof agent sidecar-init`: istio-iptables. With `--dry-run` prints the payloads of iptables-restore, IPv4 before IPv6.
 * @param argv the arguments after `agent sidecar-init`.
 * @returns the exit code: 0; 2 for bad flags; 3 without the means; 1 when the rules could not be applied; 126 when
 * `--run-validation` failed.
 */
export async function sidecarInitCommand(argv: readonly string[]): Promise<number> {
  try {
    const flags = readFlags(argv, process.env)
    if (flags.isOn('help')) {
      process.stdout.write(initHelp())
      return 0
    }
    return await runInit(readInitOptions(flags, process.env, userIdOf))
  } catch (error) {
    const { text, exitCode } = failureText(error)
    process.stderr.write(text)
    return exitCode
  }
}

async function runInit(options: InitOptions): Promise<number> {
  const facts = readPodFacts(options)
  const rules = buildInitRules(options, facts)
  for (const warning of [...facts.warnings, ...rules.warnings]) process.stderr.write(`warning: ${warning}\n`)
  if (options.dryRun) {
    const render = options.cleanupOnly ? renderRemoval : renderRestore
    process.stdout.write(render(rules[4]) + render(rules[6]))
    return 0
  }
  if (!options.skipRuleApply) {
    const purpose = options.mode === 'TPROXY' ? 'the mode TPROXY' : 'writing the rules of a pod'
    requireCapability('NET_ADMIN', purpose)
    const outcome = await applyInitRules(toolsOf(options), options, facts, rules, log)
    log(`the rules were ${outcome === 'unchanged' ? 'left as they are' : outcome}`)
  }
  return options.runValidation ? await validate(options, facts.hasIpv6) : 0
}

async function validate(options: InitOptions, hasIpv6: boolean): Promise<number> {
  const { testCapture } = await import('./self-test.ts')
  try {
    await testCapture(options, !hasIpv6 || options.dualStack)
    log('validation passed')
    return 0
  } catch (error) {
    process.stderr.write(failureText(error).text)
    return validationExitCode
  }
}

function toolsOf({ networkNamespace }: InitOptions): RunTool {
  const run = localTools()
  if (networkNamespace === '') return run
  const enter = ['nsenter', `--net=${networkNamespace}`, '--']
  return async (argv, stdin) => {
    const result = await run([...enter, ...argv], stdin)
    if (/nsenter: .*(cannot open|reassociate)/.test(result.stderr)) {
      const problem = result.stderr.trim()
      throw new PacketproofError('E_ENVIRONMENT', `--network-namespace "${networkNamespace}": ${problem}`)
    }
    return result
  }
}

function userIdOf(name: string): string | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`))
  return line?.split(':')[2]
}

function log(message: string): void {
  process.stderr.write(`${new Date().toISOString()} info: ${message}\n`)
}
