import type { ExecResult, Host } from '../cluster/host.ts'
import { messageOf, PacketproofError } from '../errors.ts'
import type { Ruleset } from './model.ts'
import { parseRuleset } from './parse-ruleset.ts'

export interface ReadRulesetOptions {
  /** Default 4. */
  readonly family?: 4 | 6
  /** `default` is whatever `iptables-save` is on that machine. Default `default`. */
  readonly backend?: 'nft' | 'legacy' | 'default'
  /** Just this table: one read of a large ruleset is cheaper. Default: all tables that exist. */
  readonly table?: string
  readonly signal?: AbortSignal
}

/**
 * Reads a host's rules with their counters. Within one table they are of one moment. Without any table (nft) the ruleset is
 * empty.
 * @throws PacketproofError E_TOOL_MISSING when the host has no such program, E_EXEC_FAILED with its stderr when it failed,
 * E_RULESET when its output is not a whole ruleset.
 */
export async function readRuleset(host: Host, options: ReadRulesetOptions = {}): Promise<Ruleset> {
  const { family = 4, backend = 'default', table, signal } = options
  const program = `${family === 4 ? 'iptables' : 'ip6tables'}${backend === 'default' ? '' : `-${backend}`}-save`
  const argv = [program, '-c', ...(table === undefined ? [] : ['-t', table])]
  const command = `${argv.join(' ')} on ${host.name}`
  const result = await run(host, argv, command, signal)
  if (result.exitCode === 127) throw toolMissing(program, host, result.stderr)
  if (result.timedOut) throw new PacketproofError('E_TIMEOUT', `${command} took longer than ${result.durationMs} ms`)
  if (result.exitCode !== 0) {
    const end =
      result.exitCode === null ? `was ended by ${result.signal ?? 'a signal'}` : `exited with ${result.exitCode}`
    throw new PacketproofError('E_EXEC_FAILED', `${command} ${end}: ${result.stderr.trim() || 'no message'}`)
  }
  return parseRuleset(result.stdout, { source: command, allowEmpty: true })
}

async function run(host: Host, argv: readonly string[], command: string, signal?: AbortSignal): Promise<ExecResult> {
  try {
    return await host.exec(argv, signal === undefined ? {} : { signal })
  } catch (error) {
    if (/ENOENT|not found|no such file/i.test(`${messageOf(error)} ${causeOf(error)}`)) {
      throw toolMissing(argv[0] ?? '', host, messageOf(error), error)
    }
    if (error instanceof PacketproofError) throw error
    throw new PacketproofError('E_EXEC_FAILED', `${command} could not be run: ${messageOf(error)}`, { cause: error })
  }
}

function causeOf(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : ''
}

function toolMissing(program: string, host: Host, detail: string, cause?: unknown): PacketproofError {
  return new PacketproofError('E_TOOL_MISSING', `${host.name} has no ${program}: ${detail.trim() || 'not found'}`, {
    hint: 'install the iptables package',
    cause,
  })
}
