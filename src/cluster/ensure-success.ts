import { quote } from '../../helpers/quote.ts'
import { PacketproofError } from '../errors.ts'
import type { ExecOptions, ExecResult, Host } from './host.ts'

/**
 * Runs a command that has to succeed for anything after it to make sense.
 * @throws PacketproofError E_EXEC_FAILED with the command, how it ended, and what it said.
 */
export async function ensureSuccess(
  host: Host,
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  const result = await host.exec(argv, options)
  if (result.exitCode === 0) return result
  const command = argv.map(quote).join(' ')
  const end = result.timedOut ? 'took too long' : `ended with ${result.exitCode ?? result.signal ?? 'nothing'}`
  const said = result.stderr.trim() || result.stdout.trim() || 'it said nothing'
  throw new PacketproofError('E_EXEC_FAILED', `${host.name}: ${command} ${end}: ${said}`)
}
