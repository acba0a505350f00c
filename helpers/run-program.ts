import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { buffer } from 'node:stream/consumers'
import { PacketproofError } from '../src/errors.ts'
import { quote } from './quote.ts'

export interface ProgramOptions {
  /** Kills the program, and everything it has started, when it takes longer. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  readonly env?: NodeJS.ProcessEnv
  readonly stdin?: string | Buffer
}

export interface ProgramResult {
  readonly argv: readonly string[]
  /** Null when a signal ended it. */
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a program of this machine in a process group of its own and resolves whatever its exit code.
 * @param argv the program's path, then its arguments
 * @throws PacketproofError E_TOOL_MISSING when there is no such program, E_TIMEOUT after the deadline, E_INTERRUPTED by the signal.
 */
export async function runProgram(argv: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  const [program = '', ...args] = argv
  throwIfInterrupted(options.signal, argv)
  const child = spawn(program, args, { env: options.env ?? process.env, stdio: 'pipe', detached: true })
  const killAll = (): void => killGroup(child)
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    killAll()
  }, options.timeoutMs)
  options.signal?.addEventListener('abort', killAll, { once: true })
  try {
    // A program need not read what it is given.
    child.stdin.on('error', () => undefined).end(options.stdin ?? '')
    const [exitCode, stdout, stderr] = await Promise.all([exitOf(child), buffer(child.stdout), buffer(child.stderr)])
    throwIfInterrupted(options.signal, argv)
    if (isLate) {
      const said = stderr.toString().trim()
      const message = `${commandOf(argv)} took longer than ${options.timeoutMs / 1000} s`
      throw new PacketproofError('E_TIMEOUT', said === '' ? message : `${message}; it said: ${said}`)
    }
    return { argv, exitCode, stdout: stdout.toString(), stderr: stderr.toString() }
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', killAll)
  }
}

/** The command line as a person would type it. */
export function commandOf(argv: readonly string[]): string {
  return argv.map(quote).join(' ')
}

async function exitOf(child: ChildProcessWithoutNullStreams): Promise<number | null> {
  return await new Promise((resolve, reject) => {
    child.once('error', (cause: NodeJS.ErrnoException) => {
      const code = cause.code === 'ENOENT' ? 'E_TOOL_MISSING' : 'E_EXEC_FAILED'
      reject(new PacketproofError(code, `cannot run ${child.spawnfile}: ${cause.message}`, { cause }))
    })
    child.once('close', resolve)
  })
}

function killGroup(child: ChildProcessWithoutNullStreams): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function throwIfInterrupted(signal: AbortSignal | undefined, argv: readonly string[]): void {
  if (signal?.aborted !== true) return
  throw new PacketproofError('E_INTERRUPTED', `interrupted: ${commandOf(argv)}`, { cause: signal.reason })
}
