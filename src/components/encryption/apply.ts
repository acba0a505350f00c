import { mustRun, type RunTool } from '../run-tool.ts'
import { explainWgFailure } from './device.ts'
import type { Command } from './plan-node.ts'

/**
 * Runs the commands one after the other.
 * @param privateKey for the command that takes it; it goes over a pipe
 * @param onChange told of each command that has run, in words
 * @throws PacketproofError of the first that fails; those after it are not run.
 */
export async function applyCommands(
  run: RunTool,
  commands: readonly Command[],
  privateKey: Buffer | undefined,
  onChange: (what: string) => void,
): Promise<void> {
  for (const { argv, stdin, why, takesPrivateKey } of commands) {
    const key = privateKey?.toString('base64') ?? ''
    const input = takesPrivateKey ? `${key}\n` : stdin
    if (takesPrivateKey) {
      const { exitCode, stderr } = await run(argv, input)
      // Not by mustRun, which shows a failed command's input; and `wg` shows a key that it does not like.
      const said = (key === '' ? stderr : stderr.replaceAll(key, '(the key)')).trim()
      if (exitCode !== 0) throw new Error(`the private key could not be set: ${said || `exit code ${exitCode}`}`)
    } else {
      await mustRun(run, argv, input).catch(async (error: unknown) => {
        throw await explainWgFailure(run, error)
      })
    }
    onChange(why)
  }
}
