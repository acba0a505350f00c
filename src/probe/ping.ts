import { randomBytes } from 'node:crypto'
import { familyOf } from '../../helpers/cidr.ts'
import type { Host } from '../cluster/host.ts'
import { outcomeOfErrorText, type ProbeResult } from './outcome.ts'
import { outcomeOfPing, type PingStatistics, parsePing } from './parse-ping.ts'

export interface PingOptions {
  /** Echo requests to send; default 2. All of one ping carry one ICMP id: they are one flow to conntrack. */
  readonly count?: number
  readonly intervalMs?: number
  /** How long to wait for the last answer; default 1000. */
  readonly timeoutMs?: number
  /** Bytes of ICMP payload; default 56. From 47 on the nonce is certain to be in it whole. */
  readonly payloadBytes?: number
  /** Send from this address or by this interface (`-I`); default: what the kernel chooses. */
  readonly source?: string
  readonly signal?: AbortSignal
}

export interface PingResult extends ProbeResult {
  readonly probe: 'ping'
  readonly statistics: PingStatistics | undefined
}

/**
 * Pings an address with iputils' ping, in the host's network namespace. The payload repeats a fresh 16-byte nonce (after the
 * 16-byte time stamp that ping writes), so that the packets are recognised at any capture point whatever NAT did to them.
 */
export async function ping(from: Host, to: string, options: PingOptions = {}): Promise<PingResult> {
  const { count = 2, intervalMs = 100, timeoutMs = 1000, payloadBytes = 56 } = options
  const nonce = randomBytes(16).toString('hex')
  const flags = ['-n', '-c', String(count), '-i', seconds(intervalMs), '-W', seconds(timeoutMs)]
  const source = options.source === undefined ? [] : ['-I', options.source]
  const argv = ['ping', `-${familyOf(to)}`, ...flags, ...source, '-s', String(payloadBytes), '-p', nonce, to]
  const exec = await from.exec(argv, {
    timeoutMs: count * intervalMs + timeoutMs + 10_000,
    ...(options.signal && { signal: options.signal }),
  })
  const statistics = exec.timedOut ? undefined : parsePing(exec.stdout)
  const seen =
    statistics === undefined || (statistics.transmitted === 0 && exec.exitCode !== 0)
      ? (outcomeOfErrorText(exec.stderr) ?? {
          outcome: 'error' as const,
          detail: exec.stderr.trim() || 'ping said nothing',
        })
      : sendError(statistics, exec.stderr)
  return { probe: 'ping', from: from.name, to, nonce, exec, statistics, ...seen }
}

/** With `ping: sendmsg: Operation not permitted` the statistics count a packet that never left. */
function sendError(statistics: PingStatistics, stderr: string): Pick<ProbeResult, 'outcome' | 'detail'> {
  const outcome = outcomeOfPing(statistics)
  return outcome.outcome === 'timed-out' ? (outcomeOfErrorText(stderr) ?? outcome) : outcome
}

function seconds(ms: number): string {
  return String(ms / 1000)
}
