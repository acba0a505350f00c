import { type ChildProcess, type CommonSpawnOptions, spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { inNamespaces, type NamespaceSet } from '../../../../helpers/linux/namespaces.ts'
import type { ExitStatus } from '../../../cluster/host.ts'
import { PacketproofError } from '../../../errors.ts'
import { exitOf } from './child-exits.ts'
import { posixSpawn } from './posix-spawn.ts'
import { DEFAULT_PATH, findProgram } from './program.ts'
import { openPseudoTerminal } from './pseudo-terminal.ts'
import { systemTool } from './system-tool.ts'
import type { SpawnedProcess, SpawnOptions } from './types.ts'
import { checkUser } from './users.ts'

/** How long output is still waited for after a process ended whose children keep its pipes open. */
const DRAIN_MS = 100

/**
 * Starts a process in the given namespaces. It leads a process group of its own, which `kill` reaches as a whole.
 * @throws PacketproofError E_EXEC_FAILED when there is no such program, or it may not be executed.
 */
export function spawnIn(
  set: NamespaceSet,
  argv: readonly string[],
  options: SpawnOptions & { readonly tty?: boolean } = {},
): SpawnedProcess {
  if (options.uid !== undefined) checkUser(options.uid, options.gid ?? options.uid)
  const env = { PATH: DEFAULT_PATH, HOME: '/root', ...options.env }
  const cwd = options.cwd ?? '/'
  return inNamespaces(set, () => start(findProgram(argv[0], env.PATH, cwd), argv, { ...options, env, cwd }))
}

type CompleteOptions = SpawnOptions & {
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly tty?: boolean
}

function start(path: string, argv: readonly string[], options: CompleteOptions): SpawnedProcess {
  if (options.tty === true) return startOnTerminal(argv, options)
  return options.uid === undefined ? startOnPipes(path, argv, options) : startAsUser(argv, options)
}

function startOnPipes(path: string, argv: readonly string[], options: CompleteOptions): SpawnedProcess {
  try {
    const { pid, stdinFd, stdoutFd, stderrFd } = posixSpawn(path, argv, options)
    const exited = exitOf(pid)
    const stdin = new Socket({ fd: stdinFd, readable: false, writable: true })
    const [stdout, stderr] = [stdoutFd, stderrFd].map((fd) => new Socket({ fd, readable: true, writable: false }))
    return supervise(pid, exited, { stdin, stdout, stderr } as Pipes)
  } catch (cause) {
    throw notBorn(argv[0] ?? '', options, cause)
  }
}

/** Node.js changes the user on the way, which posix_spawn(3) cannot. */
function startAsUser([program = '', ...rest]: readonly string[], options: CompleteOptions): SpawnedProcess {
  const child = spawn(program, rest, { ...spawnOptions(options), detached: true, stdio: 'pipe' })
  return supervise(pidOf(child, program, options), exitOfChild(child), child as unknown as Pipes)
}

function startOnTerminal(argv: readonly string[], options: CompleteOptions): SpawnedProcess {
  const { programFd, input, output } = openPseudoTerminal()
  try {
    // A session of its own, whose controlling terminal is its standard input.
    const child = spawn(systemTool('setsid'), ['-c', ...argv], {
      ...spawnOptions(options),
      stdio: [programFd, programFd, programFd],
    })
    const pid = pidOf(child, argv[0] ?? '', options)
    const stderr = new PassThrough()
    stderr.end()
    return handleOf(pid, exitOfChild(child), { stdin: input, stdout: output, stderr })
  } finally {
    closeSync(programFd)
  }
}

function spawnOptions(options: CompleteOptions): CommonSpawnOptions {
  const { env, cwd, uid, gid } = options
  return { env, cwd, ...(uid === undefined ? {} : { uid, gid: gid ?? uid }) }
}

/** @throws PacketproofError E_EXEC_FAILED when the child was not born. */
function pidOf(child: ChildProcess, program: string, options: CompleteOptions): number {
  // Without a listener the error event of a failed spawn would end the cluster server.
  child.on('error', () => undefined)
  if (child.pid !== undefined) return child.pid
  throw notBorn(program, options)
}

function notBorn(program: string, options: CompleteOptions, cause?: unknown): PacketproofError {
  const user = options.uid === undefined ? '' : ` as user ${options.uid}`
  return new PacketproofError('E_EXEC_FAILED', `could not start "${program}"${user}: the kernel refused`, {
    hint: 'Is it a program for this architecture?',
    cause,
  })
}

async function exitOfChild(child: ChildProcess): Promise<ExitStatus> {
  return await new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))
  })
}

type Streams = Pick<SpawnedProcess, 'stdin' | 'stdout' | 'stderr'>
type Pipes = Readonly<Record<keyof Streams, Socket>>

/** Its end is told once its output has been read. */
function supervise(pid: number, ended: Promise<ExitStatus>, pipes: Pipes): SpawnedProcess {
  const { stdin, stdout, stderr } = pipes
  // Who writes to a process that has ended learns of its end, not of a broken pipe.
  for (const pipe of [stdin, stdout, stderr]) pipe.on('error', () => undefined)
  const outputs = [stdout, stderr].map((pipe) => ({
    pipe,
    closed: new Promise<void>((resolve) => {
      pipe.once('close', resolve)
    }),
  }))
  const drained = ended.then(async () => {
    stdin.destroy()
    // Output that nobody reads must not be waited for.
    for (const { pipe } of outputs) if (pipe.readableFlowing === null) pipe.resume()
    const timer = destroyWhenIdle([stdout, stderr])
    await Promise.all(outputs.map(({ closed }) => closed))
    clearInterval(timer)
  })
  return handleOf(pid, ended, { stdin, stdout, stderr }, drained)
}

function handleOf(
  pid: number,
  ended: Promise<ExitStatus>,
  streams: Streams,
  drained: Promise<void> = Promise.resolve(),
): SpawnedProcess {
  let hasEnded = false
  const exited = ended.then(async (status) => {
    hasEnded = true
    await drained
    return status
  })
  return {
    pid,
    ...streams,
    exited,
    kill: (signal) => {
      if (!hasEnded) killGroup(pid, signal)
    },
  }
}

/** All output was read; or nothing came for a while, since a child that lives on (a daemon) keeps the pipes open. */
function destroyWhenIdle(outputs: readonly Socket[]): NodeJS.Timeout {
  const bytesRead = (): number => outputs.reduce((sum, output) => sum + output.bytesRead, 0)
  let seen = bytesRead()
  return setInterval(() => {
    const isWaitingForReader = outputs.some((output) => output.isPaused() || output.readableLength > 0)
    if (isWaitingForReader || bytesRead() !== seen) seen = bytesRead()
    else for (const output of outputs) output.destroy()
  }, DRAIN_MS)
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // It ended in the meantime.
  }
}
