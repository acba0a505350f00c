import { CommanderError } from 'commander'
import { packageVersion } from '../../helpers/package-version.ts'
import { PacketproofError } from '../errors.ts'
import { buildProgram, type Invocation } from './build-program.ts'
import { commandSpecs } from './commands.ts'
import { suggest } from './suggest.ts'

/**
 * Parses a command line and runs the command that it names.
 * @throws PacketproofError E_USAGE with the nearest names for a command or an option that does not exist.
 */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  let chosen: Invocation | undefined
  const program = buildProgram(packageVersion(), process.env, (invocation) => {
    chosen = invocation
  })
  try {
    if (argv.length === 0) {
      process.stderr.write(program.helpInformation())
      return 2
    }
    program.parse([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return 0
    throw usageError(error)
  }
  if (chosen === undefined) return 0
  if (chosen.values.flag('no-color')) process.env.NO_COLOR = '1'
  const run = await chosen.spec.load()
  return await run(chosen.args, chosen.values)
}

/** commander's `error: unknown option '--x'\n(Did you mean --y?)` as an error of ours. */
function usageError(error: CommanderError): PacketproofError {
  const [first = '', second] = error.message.replace(/^error: /, '').split('\n')
  const unknown = /^unknown command '(.*)'$/.exec(first)?.[1]
  const names = [...commandSpecs.map((spec) => spec.name), 'agent', 'help']
  const suggestion =
    unknown === undefined
      ? second?.replaceAll(/^\(D|\)$/g, (text) => (text === ')' ? '' : 'd'))
      : suggest(unknown, names)
  return new PacketproofError('E_USAGE', first, { hint: suggestion ?? 'packetproof --help lists what there is' })
}
