import { uint16, uint32 } from './address-text.ts'
import type { LayersDraft } from './draft.ts'
import { decodeIcmp } from './icmp.ts'
import { decodeTcp } from './tcp.ts'
import { decodeWireguard } from './wireguard.ts'

export interface DecodeOptions {
  /**
   * UDP ports on which WireGuard is expected: default 51820 (its own) and 51871 (Cilium's). `any` tells it by shape on every port,
   * which other protocols can match by chance.
   */
  readonly wireguardPorts?: readonly number[] | 'any'
}

/** How an ICMP error's quoted packet is decoded; handed down, because IP decodes ICMP and ICMP decodes IP. */
export type DecodeIp = (draft: LayersDraft, at: number, end: number, wireEnd: number, options: DecodeOptions) => void

const DEFAULT_WIREGUARD_PORTS: readonly number[] = [51820, 51871]

/** TCP, UDP, SCTP, ICMP or ICMPv6 at `at`; anything else, ESP among it, is payload. So is every fragment but a first. */
export function decodeTransport(
  draft: LayersDraft,
  protocol: number,
  at: number,
  end: number,
  wireEnd: number,
  options: DecodeOptions,
  decodeIp: DecodeIp,
): void {
  draft.setPayload(at, end, wireEnd)
  if (draft.ip?.fragment !== undefined && draft.ip.fragment.offset > 0) return
  switch (protocol) {
    case 6:
      return decodeTcp(draft, at, end, wireEnd)
    case 17:
      return decodeUdp(draft, at, end, wireEnd, options)
    case 132:
      return decodeSctp(draft, at, end, wireEnd)
    case 1:
    case 58:
      return decodeIcmp(draft, protocol === 1 ? 4 : 6, at, end, wireEnd, options, decodeIp)
  }
}

function decodeUdp(draft: LayersDraft, at: number, end: number, wireEnd: number, options: DecodeOptions): void {
  const { data } = draft
  if (end - at < 8) return draft.endsEarly('the UDP header', wireEnd > end)
  const sourcePort = uint16(data, at)
  const destinationPort = uint16(data, at + 2)
  const length = uint16(data, at + 4)
  draft.udp = { sourcePort, destinationPort, length }
  const isFragment = draft.ip?.fragment !== undefined
  // 0 is a UDP jumbogram (RFC 2675), or segmentation offload; a first fragment holds less than its datagram.
  const datagramEnd = length === 0 || isFragment ? wireEnd : at + length
  if (length !== 0 && length < 8) draft.fault(`the UDP length is ${length}`)
  else if (datagramEnd > wireEnd) draft.fault(`the UDP length is ${length}, the packet holds ${wireEnd - at}`)
  const payloadWireEnd = Math.max(at + 8, Math.min(datagramEnd, wireEnd))
  draft.setPayload(at + 8, Math.min(end, payloadWireEnd), payloadWireEnd)
  const ports = options.wireguardPorts ?? DEFAULT_WIREGUARD_PORTS
  if (ports === 'any' || ports.includes(sourcePort) || ports.includes(destinationPort)) {
    draft.wireguard = decodeWireguard(data, at + 8, Math.min(end, payloadWireEnd), draft.payloadLength)
  }
}

function decodeSctp(draft: LayersDraft, at: number, end: number, wireEnd: number): void {
  const { data } = draft
  if (end - at < 12) return draft.endsEarly('the SCTP header', wireEnd > end)
  draft.sctp = {
    sourcePort: uint16(data, at),
    destinationPort: uint16(data, at + 2),
    verificationTag: uint32(data, at + 4),
    firstChunkType: at + 12 < end ? data[at + 12] : undefined,
  }
  draft.setPayload(at + 12, end, wireEnd)
}
