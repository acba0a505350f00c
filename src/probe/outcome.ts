import type { ExecResult } from '../cluster/host.ts'

/**
 * How an attempt to communicate ended.
 * - `ok`: an answer arrived.
 * - `refused`: the other end answered with a TCP reset (or, for UDP, port unreachable).
 * - `rejected`: someone answered with an ICMP error, or the sender's own kernel would not send (no route, not permitted).
 * - `timed-out`: nothing came back in time.
 * - `error`: the probe itself did not work (no such tool, exec failed). It says nothing about the network.
 */
export type Outcome = 'ok' | 'refused' | 'rejected' | 'timed-out' | 'error'

export interface ProbeResult {
  readonly probe: 'ping' | 'wget' | 'tcp' | 'udp'
  /** Names of the hosts or addresses, as the caller gave them. */
  readonly from: string
  readonly to: string
  readonly outcome: Outcome
  /** The line of the tool that decided the outcome. */
  readonly detail: string
  /** What the packets of this probe carry and no other packet does (hexadecimal for ping, text otherwise). */
  readonly nonce: string
  readonly exec: ExecResult
}

/** Errors of `connect(2)` and `sendto(2)` as the tools print them (strerror). */
const outcomesByText: readonly (readonly [RegExp, Outcome])[] = [
  [/connection refused/i, 'refused'],
  [
    /no route to host|(network|host|net|port) (is )?(unreachable|prohibited)|packet filtered|not permitted|invalid argument/i,
    'rejected',
  ],
  [/timed? ?out|connection reset by peer/i, 'timed-out'],
]

/** Reads the outcome off a tool's error text; undefined when the text names none that is known. */
export function outcomeOfErrorText(text: string): { outcome: Outcome; detail: string } | undefined {
  for (const line of text.split('\n')) {
    const known = outcomesByText.find(([pattern]) => pattern.test(line))
    if (known !== undefined) return { outcome: known[1], detail: line.trim() }
  }
  return undefined
}

/** The nonce as the probe's packets carry it: the filter for `payloadIncludes`. */
export function nonceBytes(probe: Pick<ProbeResult, 'probe' | 'nonce'>): Uint8Array {
  return probe.probe === 'ping' ? Buffer.from(probe.nonce, 'hex') : Buffer.from(probe.nonce)
}
