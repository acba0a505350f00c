import { buffer } from 'node:stream/consumers'
import type { ExecResult, Host } from '../cluster/host.ts'

export interface ExchangeOptions {
  /** How long to wait for the first byte of an answer; default 1000. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/**
 * Runs a command, writes to its standard input, and ends it as soon as it has printed something, or when time is up.
 * netcat does not end by itself once it has its answer.
 */
export async function exchange(
  host: Host,
  argv: readonly string[],
  send: string,
  options: ExchangeOptions,
): Promise<ExecResult> {
  const startedAtMs = Date.now()
  const start = performance.now()
  const child = await host.spawn(argv, options.signal ? { signal: options.signal } : {})
  const stderr = buffer(child.stderr)
  const chunks: Buffer[] = []
  let timedOut = false
  const answered = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      resolve()
    })
  })
  child.stdin.write(send)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      timedOut = true
      resolve()
    }, options.timeoutMs ?? 1000)
  })
  await Promise.race([answered, late, child.exited]).finally(() => clearTimeout(timer))
  await child.kill('SIGKILL')
  const status = await child.exited
  return {
    argv,
    ...status,
    stdout: Buffer.concat(chunks).toString(),
    stderr: (await stderr).toString(),
    startedAtMs,
    durationMs: Math.round(performance.now() - start),
    timedOut,
  }
}
