import { randomBytes } from 'node:crypto'
import type { Host } from '../cluster/host.ts'
import { outcomeOfErrorText, type ProbeResult } from './outcome.ts'

export interface WgetOptions {
  /** Default 2000. The harness keeps the deadline: not every busybox' wget knows one. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface WgetResult extends ProbeResult {
  readonly probe: 'wget'
  readonly body: string
}

/** `http://HOST:PORT/PATH`, with the brackets that IPv6 needs. */
export function urlOf(address: string, port: number, path = '/'): string {
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}${path}`
}

/**
 * Fetches a URL with busybox' wget, in the host's network namespace. The request carries a fresh nonce as its User-Agent.
 * An HTTP error status is `ok`: the network carried request and answer.
 */
export async function wget(from: Host, url: string, options: WgetOptions = {}): Promise<WgetResult> {
  const timeoutMs = options.timeoutMs ?? 2000
  const nonce = `packetproof-${randomBytes(8).toString('hex')}`
  const exec = await from.exec(['busybox', 'wget', '-q', '-O', '-', '-U', nonce, url], {
    timeoutMs,
    ...(options.signal && { signal: options.signal }),
  })
  const common = { probe: 'wget' as const, from: from.name, to: url, nonce, exec, body: exec.stdout }
  if (exec.timedOut) return { ...common, outcome: 'timed-out', detail: `no answer within ${timeoutMs} ms` }
  if (exec.exitCode === 0) return { ...common, outcome: 'ok', detail: exec.stdout.split('\n')[0] ?? '' }
  const httpError = /server returned error: (.+)/.exec(exec.stderr)
  if (httpError !== null) return { ...common, outcome: 'ok', detail: httpError[1] ?? '' }
  const known = outcomeOfErrorText(exec.stderr)
  return { ...common, ...(known ?? { outcome: 'error', detail: exec.stderr.trim() || `exit code ${exec.exitCode}` }) }
}
