import { randomBytes } from 'node:crypto'
import type { ExecResult, Host } from '../cluster/host.ts'
import { type ExchangeOptions, exchange } from './exchange.ts'
import { outcomeOfErrorText, type ProbeResult } from './outcome.ts'

export interface TransportResult extends ProbeResult {
  readonly probe: 'tcp' | 'udp'
  /** What came back; empty when nothing did. */
  readonly answer: string
}

export interface TransportOptions extends ExchangeOptions {
  /** Send from this port; default: one that the kernel chooses. */
  readonly sourcePort?: number
}

/**
 * Connects to a TCP port and sends an HTTP request that carries a fresh nonce (agnhost's netexec echoes it). The outcome is
 * `ok` as soon as the connection stands, whether or not the server then says something.
 */
export async function tcp(
  from: Host,
  to: string,
  port: number,
  options: TransportOptions = {},
): Promise<TransportResult> {
  const nonce = newNonce()
  const request = `GET /echo?msg=${nonce} HTTP/1.0\r\n\r\n`
  const exec = await exchange(from, netcat(['-v'], to, port, options), request, options)
  return transportResult('tcp', from, `${to}:${port}`, nonce, exec)
}

/** Sends one datagram `echo NONCE` (which agnhost's netexec answers with the nonce) and takes whatever comes back. */
export async function udp(
  from: Host,
  to: string,
  port: number,
  options: TransportOptions = {},
): Promise<TransportResult> {
  const nonce = newNonce()
  const exec = await exchange(from, netcat(['-u'], to, port, options), `echo ${nonce}`, options)
  return transportResult('udp', from, `${to}:${port}`, nonce, exec)
}

function newNonce(): string {
  return `packetproof-${randomBytes(8).toString('hex')}`
}

/** OpenBSD's netcat: busybox' lacks UDP on Debian. */
function netcat(flags: readonly string[], to: string, port: number, options: TransportOptions): string[] {
  const source = options.sourcePort === undefined ? [] : ['-p', String(options.sourcePort)]
  return ['nc.openbsd', '-n', ...flags, ...source, to, String(port)]
}

function transportResult(
  probe: 'tcp' | 'udp',
  from: Host,
  to: string,
  nonce: string,
  exec: ExecResult,
): TransportResult {
  const common = { probe, from: from.name, to, nonce, exec, answer: exec.stdout }
  if (exec.stdout !== '') return { ...common, outcome: 'ok', detail: exec.stdout.split('\n')[0] ?? '' }
  // Connection to 10.0.0.2 80 port [tcp/*] succeeded!
  const connected = /^Connection to .* succeeded!/m.exec(exec.stderr)
  if (connected !== null && probe === 'tcp') return { ...common, outcome: 'ok', detail: connected[0] }
  // nc: connect to 10.0.0.2 port 80 (tcp) failed: Connection refused
  const known = outcomeOfErrorText(exec.stderr)
  if (known !== undefined) return { ...common, ...known }
  // When an ICMP port unreachable comes back to a datagram, netcat ends without a word.
  if (probe === 'udp' && !exec.timedOut) return { ...common, outcome: 'refused', detail: 'port unreachable' }
  if (exec.timedOut) return { ...common, outcome: 'timed-out', detail: 'nothing came back' }
  return { ...common, outcome: 'error', detail: exec.stderr.trim() || `exit code ${exec.exitCode}` }
}
