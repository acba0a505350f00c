import type { Layers } from './types.ts'

/** Enough to hold a nonce, and within what captures with a small snapshot length keep. */
const PAYLOAD_BYTES = 64

/**
 * A text that is the same for one packet before and after NAT, and differs between packets: the IPv4 identification, the length,
 * and by protocol the payload, the ICMP sequence, or the TCP sequence numbers and flags. Addresses, ports, ICMP ids (`--random-fully`
 * rewrites both), TTL and checksums are not part of it. Undefined for what is not IP.
 */
export function natInvariant(layers: Layers): string | undefined {
  const { ip } = layers
  if (ip === undefined) return undefined
  const { fragment } = ip
  const common = [ip.version, ip.protocol, ip.totalLength, ip.id ?? '']
  if (fragment !== undefined) common.push(`fragment ${fragment.id}+${fragment.offset}`)
  return [...common, ...transportInvariant(layers)].join('|')
}

function transportInvariant(layers: Layers): readonly (string | number)[] {
  const { tcp, icmp } = layers
  const payload = layers.payload.toString('latin1', 0, PAYLOAD_BYTES)
  if (tcp !== undefined) return [tcp.sequence, tcp.acknowledgment, tcp.flags.text, payload]
  if (icmp === undefined) return [payload]
  // NAT rewrites the quoted packet too: take from it only what it leaves alone there.
  if (icmp.original !== undefined) return [icmp.kind, icmp.code, natInvariantOfQuoted(icmp.original)]
  return [icmp.kind, icmp.code, icmp.sequence ?? '', payload]
}

function natInvariantOfQuoted({ ip, tcp, icmp }: Layers): string {
  return [ip?.protocol, ip?.totalLength, ip?.id, tcp?.sequence, icmp?.sequence].join(',')
}
