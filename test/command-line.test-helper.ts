import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
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

/** A process by its number and its start: a number alone may be given to another. */
export interface ProcessIdentity {
  readonly pid: number
  readonly parent: number
  readonly start: string
  readonly network: string
}

export function descendantsOf(pid: number): ProcessIdentity[] {
  const all = listProcesses()
  const found = all.filter((one) => one.pid === pid)
  for (const one of found) found.push(...all.filter((candidate) => candidate.parent === one.pid))
  return found.slice(1)
}

/** Which of them still run, and whatever else runs in their network namespaces. */
export function remainsOf(processes: readonly ProcessIdentity[]): ProcessIdentity[] {
  const own = readlinkSync('/proc/self/ns/net')
  const keys = new Set(processes.map(({ pid, start }) => `${pid} ${start}`))
  const networks = new Set(processes.map(({ network }) => network).filter((network) => network !== own))
  return listProcesses().filter(({ pid, start, network }) => keys.has(`${pid} ${start}`) || networks.has(network))
}

function listProcesses(): ProcessIdentity[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        const network = readlinkSync(`/proc/${name}/ns/net`)
        return [{ pid: Number(name), parent: Number(fields[1]), start: fields[19] ?? '', network }]
      } catch {
        return []
      }
    })
}
