import { exitCodeOf } from '../errors.ts'
import { printError } from './print-error.ts'

/**
 * Runs one command line (without `node` and the program's own name) and resolves with its exit code: 0 all as expected,
 * 1 a claim failed or a fault survived, 2 bad usage or input, 3 the environment is not usable, 130 or 143 interrupted.
 * Nothing is imported before it is known to be needed: an agent is a process of its own on every node, and must start fast.
 */
export async function main(argv: readonly string[]): Promise<number> {
  // A reader such as `head` or a closed terminal may leave early; that is no error of ours, and changes no result.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreGoneReader)
  try {
    if (argv[0] === 'agent') return await (await import('./commands/agent.ts')).agent(argv.slice(1))
    if (argv[0] === 'lab-keeper') return await (await import('../lab/keep-lab.ts')).keepLab(argv[1] ?? '')
    const { runCommandLine } = await import('./run-command-line.ts')
    return await runCommandLine(argv)
  } catch (error) {
    printError(error, { stack: isVerbose(argv) })
    return exitCodeOf(error)
  }
}

/** EIO: the terminal is gone. */
function ignoreGoneReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
}

/** The command line may be the very thing that is wrong, so this looks at its text. */
function isVerbose(argv: readonly string[]): boolean {
  return argv.some((argument) => /^(--verbose|-v+)$/.test(argument)) || Number(process.env.PACKETPROOF_VERBOSE ?? 0) > 0
}
