import { packageVersion } from '../../../helpers/package-version.ts'
import { messageOf, PacketproofError } from '../../errors.ts'
import { runMasqueradeAgent } from './agent.ts'
import { dryRunMasquerade } from './dry-run.ts'
import { type MasqueradeFlags, masqueradeHelp, parseMasqueradeFlags } from './flags.ts'
import { writeKlogLine } from './klog.ts'

/**
 * `packetproof agent masquerade`: the agent, or with `--dry-run` what it would write.
 * @param argv the arguments after `agent masquerade`.
 * @returns the exit code: 0; 2 for bad flags or, in a dry run, a bad configuration.
 */
export async function masqueradeAgentCommand(argv: readonly string[]): Promise<number> {
  try {
    const flags = parseMasqueradeFlags(argv)
    if (flags.help) process.stdout.write(masqueradeHelp)
    else if (flags.version) process.stdout.write(`packetproof ${packageVersion()} (ip-masq-agent 2.12 rules)\n`)
    else if (flags.dryRun) return await printDryRun(flags)
    else await runUntilSignalled(flags)
    return 0
  } catch (error) {
    const hint = error instanceof PacketproofError && error.hint !== undefined ? `\n  ${error.hint}` : ''
    process.stderr.write(`error: ${messageOf(error)}${hint}\n`)
    return 2
  }
}

async function printDryRun(flags: MasqueradeFlags): Promise<number> {
  const { stdout, warnings } = await dryRunMasquerade(flags)
  for (const warning of warnings) process.stderr.write(`${flags.strict ? 'error' : 'warning'}: ${warning}\n`)
  if (flags.strict && warnings.length > 0) return 2
  process.stdout.write(stdout)
  return 0
}

async function runUntilSignalled(flags: MasqueradeFlags): Promise<void> {
  const abort = new AbortController()
  const stop = (): void => abort.abort()
  process.once('SIGTERM', stop).once('SIGINT', stop)
  writeKlogLine('I', `ip-masq-agent version: packetproof ${packageVersion()}`)
  for (const line of flags.listing) writeKlogLine('I', line)
  if (flags.rest[0] !== undefined) {
    writeKlogLine('W', `Argument "${flags.rest[0]}" is not a flag: it and all after it are ignored`)
  }
  try {
    await runMasqueradeAgent(flags, { log: writeKlogLine, signal: abort.signal })
  } finally {
    process.off('SIGTERM', stop).off('SIGINT', stop)
  }
}
