import type { Host } from '../cluster/host.ts'
import type { ProbeResult } from '../probe/outcome.ts'
import { ping } from '../probe/ping.ts'
import { tcp, udp } from '../probe/transport.ts'
import type { ExplainedProtocol } from './explanation.ts'

export interface ProbeOptions {
  readonly protocol: ExplainedProtocol
  readonly port: number
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** One attempt: an echo request, a datagram, or a TCP connection. */
export function sendProbe(from: Host, address: string, options: ProbeOptions): Promise<ProbeResult> {
  const { protocol, port, ...rest } = options
  if (protocol === 'icmp') return ping(from, address, { count: 1, ...rest })
  return protocol === 'udp' ? udp(from, address, port, rest) : tcp(from, address, port, rest)
}
