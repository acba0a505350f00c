import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import type { Socket } from 'node:net'
import { isAbsolute, join } from 'node:path'
import type { ExitStatus } from '../../../cluster/host.ts'
import { PacketproofError } from '../../../errors.ts'
import { inNamespaces, type NamespaceSet } from './namespaces.ts'
import type { SpawnedProcess, SpawnOptions } from './types.ts'

export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** How long output is still waited for after a process ended whose children keep its pipes open. */
const DRAIN_MS = 100

/**
 * Starts a process in the given namespaces. It leads a process group of its own, which `kill` reaches as a whole.
 * @throws PacketproofError E_EXEC_FAILED when there is no such program, or it may not be executed.
 */
export function spawnIn(set: NamespaceSet, argv: readonly string[], options: SpawnOptions = {}): SpawnedProcess {
  const env = { PATH: DEFAULT_PATH, HOME: '/root', ...options.env }
  const cwd = options.cwd ?? '/'
  return inNamespaces(set, () => {
    checkProgram(argv[0], env.PATH, cwd)
    return start(argv, { ...options, env, cwd })
  })
}

/**
 * Says why a program cannot be started, before anything is: call inside its root file system.
 * @throws PacketproofError E_EXEC_FAILED
 */
export function checkProgram(program: string | undefined, path: string, cwd: string): void {
  if (program === undefined || program === '') throw new PacketproofError('E_EXEC_FAILED', 'no program was given')
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
    throw new PacketproofError(
      'E_EXEC_FAILED',
      `could not start "${program}": no such directory to start it in: ${cwd}`,
    )
  }
  const candidates = program.includes('/')
    ? [isAbsolute(program) ? program : join(cwd, program)]
    : path.split(':').map((directory) => join(directory === '' ? cwd : directory, program))
  const present = candidates.filter((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile() === true)
  if (present.length === 0) {
    const where = program.includes('/') ? '' : ` in PATH (${path})`
    throw new PacketproofError('E_EXEC_FAILED', `could not start "${program}": no such program${where} (ENOENT)`)
  }
  if (!present.some(isExecutable)) {
    throw new PacketproofError(
      'E_EXEC_FAILED',
      `could not start "${program}": ${present[0]} is not executable (EACCES)`,
    )
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function start(
  argv: readonly string[],
  options: SpawnOptions & { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): SpawnedProcess {
  const [program = '', ...rest] = argv
  const child = spawn(program, rest, {
    env: options.env,
    cwd: options.cwd,
    detached: true,
    stdio: 'pipe',
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.gid ?? options.uid }),
  })
  // Without a listener the error event of a failed spawn would end the cluster server.
  child.on('error', () => undefined)
  child.stdin.on('error', () => undefined)
  const pid = child.pid
  if (pid === undefined) {
    const user = options.uid === undefined ? '' : ` as user ${options.uid}`
    throw new PacketproofError('E_EXEC_FAILED', `could not start "${program}"${user}: the kernel refused`, {
      hint: 'Is it a program for this architecture, and is the user mapped in this user namespace (/etc/subuid)?',
    })
  }
  const exited = new Promise<ExitStatus>((resolve) => {
    child.once('exit', (exitCode, signal) => {
      void drained(child).then(() => resolve({ exitCode, signal }))
    })
  })
  return {
    pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
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
