import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import { waitFor } from '../../../helpers/wait-for.ts'
import type { ExecOptions, ExecResult, ExitStatus, Host, HostProcess } from '../../cluster/host.ts'
import { messageOf, PacketproofError } from '../../errors.ts'

/** A host for tests of captures: a network namespace held by a process that dies with the test. */
export interface NamespaceHost extends Host, AsyncDisposable {
  readonly pid: number
}

/** @param setup an iproute2 batch that makes the namespace's interfaces. */
export async function startNamespaceHost(name: string, setup: string): Promise<NamespaceHost> {
  const holder = spawn('unshare', ['--net', '--fork', '--kill-child', 'sleep', 'infinity'], { stdio: 'ignore' })
  await once(holder, 'spawn')
  const pid = await waitFor('the namespace', () => childOf(holder.pid), { timeoutMs: 5000 })
  const host: NamespaceHost = {
    name,
    kind: 'node',
    addresses: [],
    pid,
    exec: (argv, options) => exec(pid, argv, options),
    spawn: (argv, options) => spawnIn(pid, argv, options),
    readFile: (path) => readFile(path),
    writeFile: (path, content) => writeFile(path, content),
    async [Symbol.asyncDispose]() {
      holder.kill('SIGKILL')
      if (holder.exitCode === null && holder.signalCode === null) await once(holder, 'exit')
    },
  }
  try {
    await run(host, ['ip', '-batch', '-'], setup)
    return host
  } catch (error) {
    await host[Symbol.asyncDispose]()
    throw error
  }
}

/** Runs what a test cannot do without. */
export async function run(host: Host, argv: readonly string[], stdin = ''): Promise<void> {
  const result = await host.exec(argv, { stdin })
  if (result.exitCode !== 0) throw new Error(`${argv.join(' ')} on ${host.name}: ${result.stderr}`)
}

async function childOf(parent: number | undefined): Promise<number | undefined> {
  const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8')
  const pid = Number(children.trim())
  if (!Number.isInteger(pid) || pid === 0) return undefined
  // The child is in its namespace by the time it runs sleep.
  return (await readFile(`/proc/${pid}/comm`, 'utf8')).startsWith('sleep') ? pid : undefined
}

function inside(pid: number, argv: readonly string[]): string[] {
  return ['-t', String(pid), '-n', '--', ...argv]
}

async function exec(pid: number, argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  const startedAtMs = Date.now()
  return new Promise((resolve) => {
    const child = execFile(
      'nsenter',
      inside(pid, argv),
      { timeout: options.timeoutMs ?? 30_000 },
      (_, stdout, stderr) => {
        const { exitCode, signalCode: signal } = child
        resolve({
          argv,
          stdout,
          stderr,
          exitCode,
          signal,
          startedAtMs,
          durationMs: Date.now() - startedAtMs,
          timedOut: false,
        })
      },
    )
    // A program may end before it has read what it is given.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(options.stdin)
  })
}

async function spawnIn(
  pid: number,
  argv: readonly string[],
  options: { signal?: AbortSignal } = {},
): Promise<HostProcess> {
  options.signal?.throwIfAborted()
  const child = spawn('nsenter', inside(pid, argv))
  try {
    await once(child, 'spawn')
  } catch (error) {
    throw new PacketproofError('E_EXEC_FAILED', messageOf(error), { cause: error })
  }
  child.stdin.on('error', () => undefined)
  const abort = (): boolean => child.kill('SIGKILL')
  options.signal?.addEventListener('abort', abort, { once: true })
  const exited = new Promise<ExitStatus>((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))
  })
  return {
    argv,
    stdin: child.stdin as unknown as Duplex,
    stdout: child.stdout,
    stderr: child.stderr,
    exited,
    async kill(signal = 'SIGTERM') {
      child.kill(signal)
    },
  }
}
