import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import type { ExecResult, ExitStatus, Host, HostProcess } from '../cluster/host.ts'
import { PacketproofError } from '../errors.ts'

/** A host that is nothing but a network namespace of its own, for contract tests. It ends with its holder process. */
export async function isolatedHost(): Promise<Host & AsyncDisposable> {
  const holder = spawn('unshare', ['--net', '--mount', 'sh', '-c', 'ip link set lo up; echo ready; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const gone = new Promise((resolve) => holder.once('exit', resolve))
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve())
    holder.once('exit', () => reject(new Error('unshare failed: contract tests need root')))
  })
  const enter = ['nsenter', '-t', String(holder.pid), '--net', '--mount']

  const start = async (argv: readonly string[]): Promise<HostProcess> => {
    const [program = '', ...rest] = [...enter, 'env', ...argv]
    const child = spawn(program, rest, { stdio: 'pipe' })
    const exited = new Promise<ExitStatus>((resolve) => {
      child.once('close', (exitCode, signal) => resolve({ exitCode, signal }))
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (cause) =>
        reject(new PacketproofError('E_EXEC_FAILED', `cannot start ${program}`, { cause })),
      )
    })
    const kill = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
      child.kill(signal)
      await exited
    }
    return { argv, stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exited, kill }
  }

  return {
    name: 'isolated',
    kind: 'node',
    addresses: ['127.0.0.1'],
    spawn: start,
    exec: async (argv, options): Promise<ExecResult> => {
      const startedAtMs = Date.now()
      const child = await start(argv)
      // a command that ends without reading its input breaks the pipe, which its exit code tells better
      child.stdin.on('error', () => undefined).end(options?.stdin ?? '')
      const [stdout, stderr, status] = await Promise.all([buffer(child.stdout), buffer(child.stderr), child.exited])
      const durationMs = Date.now() - startedAtMs
      return {
        argv,
        stdout: stdout.toString(),
        stderr: stderr.toString(),
        startedAtMs,
        durationMs,
        timedOut: false,
        ...status,
      }
    },
    readFile: async (path) => await readFile(path),
    writeFile: async (path, content) => await writeFile(path, content),
    [Symbol.asyncDispose]: async () => {
      holder.stdin.end()
      await gone
    },
  }
}
