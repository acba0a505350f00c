import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { packageRoot } from '../helpers/package-root.ts'
import type { Run } from '../src/report/model.ts'
import { readRun } from '../src/report/read-run.ts'

export interface Outcome {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningProgram {
  readonly child: ChildProcess
  readonly pid: number
  /** Resolves when the progress on stderr matches; rejects when the program ends before it does. */
  said(pattern: RegExp): Promise<void>
  readonly ended: Promise<Outcome>
}

const started = new Set<ChildProcess>()

/** Ends what a test that failed has left running. */
export function endAll(): void {
  for (const child of started) child.kill('SIGKILL')
}

/**
 * Starts the compiled program in a process group of its own, as a shell does.
 * @param wrapper what to run it with, for instance `setpriv …`
 */
export function startPacketproof(argv: readonly string[], wrapper: readonly string[] = []): RunningProgram {
  const [command = process.execPath, ...rest] = [
    ...wrapper,
    process.execPath,
    join(packageRoot(), 'bin/packetproof.mjs'),
    ...argv,
  ]
  const child = spawn(command, rest, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  })
  started.add(child)
  child.once('close', () => started.delete(child))
  let heard = ''
  child.stderr.on('data', (chunk: Buffer) => {
    heard += chunk.toString()
  })
  const ended = Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<Pick<Outcome, 'exitCode' | 'signal'>>((resolve) =>
      child.once('close', (exitCode, signal) => resolve({ exitCode, signal })),
    ),
  ]).then(([stdout, stderr, end]): Outcome => ({ ...end, stdout, stderr }))
  return {
    child,
    pid: child.pid ?? -1,
    ended,
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(heard)) resolve()
        }
        child.stderr.on('data', look)
        child.once('close', () => reject(new Error(`it ended without saying ${String(pattern)}:\n${heard}`)))
        look()
      }),
  }
}

export async function packetproof(argv: readonly string[], wrapper: readonly string[] = []): Promise<Outcome> {
  return startPacketproof(argv, wrapper).ended
}

/** The reports that were written below the folder given with `--out`. */
export async function readRuns(outDirectory: string): Promise<readonly Run[]> {
  return Promise.all(readdirSync(outDirectory).map((name) => readRun(join(outDirectory, name))))
}
