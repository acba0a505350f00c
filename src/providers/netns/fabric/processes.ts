import {
  type ChildProcess,
  type ChildProcessWithoutNullStreams,
  type CommonSpawnOptions,
  spawn,
} from 'node:child_process'
import { closeSync } from 'node:fs'
import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import type { ExitStatus } from '../../../cluster/host.ts'
import { PacketproofError } from '../../../errors.ts'
import { inNamespaces, type NamespaceSet } from './namespaces.ts'
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
  return inNamespaces(set, () => {
    findProgram(argv[0], env.PATH, cwd)
    return start(argv, { ...options, env, cwd })
  })
}

type CompleteOptions = SpawnOptions & {
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly tty?: boolean
}

function start(argv: readonly string[], options: CompleteOptions): SpawnedProcess {
  return options.tty === true ? startOnTerminal(argv, options) : startOnPipes(argv, options)
}

function startOnPipes([program = '', ...rest]: readonly string[], options: CompleteOptions): SpawnedProcess {
  const child = spawn(program, rest, { ...spawnOptions(options), detached: true, stdio: 'pipe' })
  child.stdin.on('error', () => undefined)
  const pid = pidOf(child, program, options)
  const { stdin, stdout, stderr } = child
  return supervise(child, pid, { stdin, stdout, stderr }, async () => drained(child))
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
    return supervise(child, pid, { stdin: input, stdout: output, stderr }, async () => undefined)
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
  const user = options.uid === undefined ? '' : ` as user ${options.uid}`
  throw new PacketproofError('E_EXEC_FAILED', `could not start "${program}"${user}: the kernel refused`, {
    hint: 'Is it a program for this architecture?',
  })
}

function supervise(
  child: ChildProcess,
  pid: number,
  streams: Pick<SpawnedProcess, 'stdin' | 'stdout' | 'stderr'>,
  drain: () => Promise<void>,
): SpawnedProcess {
  const exited = new Promise<ExitStatus>((resolve) => {
    child.once('exit', (exitCode, signal) => {
      void drain().then(() => resolve({ exitCode, signal }))
    })
  })
  return {
    pid,
    ...streams,
    exited,
    kill: (signal) => {
      if (child.exitCode === null && child.signalCode === null) killGroup(pid, signal)
    },
  }
}

/** All output was read; or nothing came for a while, since a child that lives on (a daemon) keeps the pipes open. */
async function drained(child: ChildProcessWithoutNullStreams): Promise<void> {
  await new Promise<void>((resolve) => {
    const outputs = [child.stdout, child.stderr]
    const bytesRead = (): number => (child.stdout as Socket).bytesRead + (child.stderr as Socket).bytesRead
    let seen = bytesRead()
    const timer = setInterval(() => {
      const isWaitingForReader = outputs.some((output) => output.isPaused() || output.readableLength > 0)
      if (isWaitingForReader || bytesRead() !== seen) seen = bytesRead()
      else for (const output of outputs) output.destroy()
    }, DRAIN_MS)
    child.once('close', () => {
      clearInterval(timer)
      resolve()
    })
  })
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // It ended in the meantime.
  }
}
