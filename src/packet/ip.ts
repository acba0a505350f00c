import { ipv4Text, ipv6Text, uint16 } from './address-text.ts'
import type { LayersDraft } from './draft.ts'
import { ipv6Headers } from './ipv6-headers.ts'
import { type DecodeOptions, decodeTransport } from './transport.ts'
import type { Fragment } from './types.ts'

const PROTOCOL_AH = 51
const NONE: readonly number[] = []

/** An IPv4 or IPv6 packet, by its version nibble, and what it carries. */
export function decodeIp(draft: LayersDraft, at: number, end: number, wireEnd: number, options: DecodeOptions): void {
  if (at >= end) {
    draft.endsEarly('the IP header', wireEnd > end)
    return draft.setPayload(at, end, wireEnd)
  }
  const version = (draft.data[at] as number) >> 4
  if (version === 4) return decodeIpv4(draft, at, end, wireEnd, options)
  if (version === 6) return decodeIpv6(draft, at, end, wireEnd, options)
  draft.fault(`the IP version is ${version}`)
  draft.setPayload(at, end, wireEnd)
}

function decodeIpv4(draft: LayersDraft, at: number, end: number, wireEnd: number, options: DecodeOptions): void {
  const { data } = draft
  if (end - at < 20) {
    draft.endsEarly('the IPv4 header', wireEnd > end)
    return draft.setPayload(at, end, wireEnd)
  }
  const ipv4HeaderLength = ((data[at] as number) & 0x0f) * 4
  const claimedLength = uint16(data, at + 2)
  // Segmentation offload hands packets over with a total length of 0: the packet then takes the whole frame.
  const totalLength = claimedLength === 0 ? wireEnd - at : claimedLength
  const packetWireEnd = packetEnd(draft, 'IPv4', at, totalLength, wireEnd)
  const packetCapturedEnd = Math.min(end, packetWireEnd)
  const flagsAndOffset = uint16(data, at + 6)
  const id = uint16(data, at + 4)
  const more = (flagsAndOffset & 0x2000) !== 0
  const offset = (flagsAndOffset & 0x1fff) * 8
  const fragment: Fragment | undefined = more || offset > 0 ? { id, offset, more } : undefined
  let protocol = data[at + 9] as number
  let headerLength = ipv4HeaderLength
  let extensionHeaders = NONE
  if (protocol === PROTOCOL_AH && offset === 0 && ipv4HeaderLength >= 20) {
    const chain = ipv6Headers(draft, protocol, at + ipv4HeaderLength, packetCapturedEnd, packetWireEnd)
    protocol = chain.protocol
    headerLength = chain.at - at
    extensionHeaders = chain.seen
  }
  draft.ip = {
    version: 4,
    source: ipv4Text(data, at + 12),
    destination: ipv4Text(data, at + 16),
    ttl: data[at + 8] as number,
    trafficClass: data[at + 1] as number,
    protocol,
    totalLength,
    headerLength,
    id,
    dontFragment: (flagsAndOffset & 0x4000) !== 0,
    fragment,
    extensionHeaders,
  }
  const payloadAt = at + headerLength
  if (ipv4HeaderLength < 20 || totalLength < ipv4HeaderLength) {
    draft.fault(`the IPv4 header length is ${ipv4HeaderLength}, the total length ${totalLength}`)
    return draft.setPayload(at + 20, Math.max(at + 20, packetCapturedEnd), packetWireEnd)
  }
  if (payloadAt > packetCapturedEnd) {
    draft.endsEarly('the IPv4 header', packetWireEnd > packetCapturedEnd)
    return draft.setPayload(packetCapturedEnd, packetCapturedEnd, packetWireEnd)
  }
  decodeTransport(draft, protocol, payloadAt, packetCapturedEnd, packetWireEnd, options, decodeIp)
}

function decodeIpv6(draft: LayersDraft, at: number, end: number, wireEnd: number, options: DecodeOptions): void {
  const { data } = draft
  if (end - at < 40) {
    draft.endsEarly('the IPv6 header', wireEnd > end)
    return draft.setPayload(at, end, wireEnd)
  }
  const claimedLength = uint16(data, at + 4)
  // 0 with a frame that goes on: a jumbogram (RFC 2675), or segmentation offload.
  const totalLength = claimedLength === 0 && data[at + 6] !== 59 ? wireEnd - at : 40 + claimedLength
  const packetWireEnd = packetEnd(draft, 'IPv6', at, totalLength, wireEnd)
  const packetCapturedEnd = Math.min(end, packetWireEnd)
  const chain = ipv6Headers(draft, data[at + 6] as number, at + 40, packetCapturedEnd, packetWireEnd)
  draft.ip = {
    version: 6,
    source: ipv6Text(data, at + 8),
    destination: ipv6Text(data, at + 24),
    ttl: data[at + 7] as number,
    trafficClass: (uint16(data, at) >> 4) & 0xff,
    protocol: chain.protocol,
    totalLength,
    headerLength: chain.at - at,
    id: undefined,
    dontFragment: true,
    fragment: chain.fragment,
    extensionHeaders: chain.seen,
  }
  if (chain.cut) return draft.setPayload(chain.at, packetCapturedEnd, packetWireEnd)
  decodeTransport(draft, chain.protocol, chain.at, packetCapturedEnd, packetWireEnd, options, decodeIp)
}

/** Where the packet ends on the wire: padding after it is no part of it, and it cannot be longer than its frame. */
function packetEnd(draft: LayersDraft, name: string, at: number, totalLength: number, wireEnd: number): number {
  const claimedEnd = at + totalLength
  if (claimedEnd <= wireEnd) return claimedEnd
  draft.fault(`the ${name} packet claims ${totalLength} bytes, its frame holds ${wireEnd - at}`)
  return wireEnd
}
