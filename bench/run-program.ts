import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { packageRoot } from '../helpers/package-root.ts'
import { quote } from '../helpers/quote.ts'
import { PacketproofError } from '../src/errors.ts'

export interface ProgramRun {
  readonly stdout: string
  /** From the start to its end. */
  readonly durationMs: number
  /** From the start to its first line of output. */
  readonly firstLineMs: number | undefined
}

export interface ProgramOptions {
  readonly signal: AbortSignal
  /** `discard` lets the program write to /dev/null itself: a pipe would be measured, too. */
  readonly output?: 'keep' | 'discard'
  /** Beside what this process has. */
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a program to its end. @throws PacketproofError E_EXEC_FAILED with its last words when it fails. */
export async function runProgram(argv: readonly string[], options: ProgramOptions): Promise<ProgramRun> {
  const [file = '', ...args] = argv
  const startedAt = performance.now()
  let firstLineMs: number | undefined
  let stdout = ''
  let stderr = ''
  return await new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      stdio: ['ignore', options.output === 'discard' ? 'ignore' : 'pipe', 'pipe'],
      // Clusters end with the program that made them.
      signal: options.signal,
      killSignal: 'SIGKILL',
      env: { ...process.env, ...options.env, LC_ALL: 'C' },
    })
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        firstLineMs ??= performance.now() - startedAt
        stdout += `${line}\n`
      })
    }
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-4000)
    })
    child.once('error', reject)
    child.once('close', (exitCode, signal) => {
      const durationMs = performance.now() - startedAt
      if (exitCode === 0) return resolve({ stdout, durationMs, firstLineMs })
      const end = exitCode === null ? `was ended by ${signal}` : `exited with ${exitCode}`
      const command = argv.map(quote).join(' ')
      reject(
        new PacketproofError('E_EXEC_FAILED', `${command} ${end}: ${stderr.trim() || stdout.trim() || 'no message'}`),
      )
    })
  })
}

/** The command line of one of the programs in `bench/programs`, each run of which is a process of its own: cold, as for a user. */
export function benchProgram(name: string, ...args: readonly string[]): readonly string[] {
  return [process.execPath, join(packageRoot(), 'dist/bench/programs', `${name}.js`), ...args]
}

/** In a network, mount and PID namespace of its own, which end with the program. An ordinary user becomes root of a user namespace. */
export function isolated(argv: readonly string[]): readonly string[] {
  const user = process.getuid?.() === 0 ? [] : ['--map-root-user']
  return [
    'unshare',
    ...user,
    '--net',
    '--mount',
    '--pid',
    '--ipc',
    '--uts',
    '--fork',
    '--kill-child',
    '--mount-proc',
    '--',
    ...argv,
  ]
}
