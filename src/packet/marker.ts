import type { Packet } from './types.ts'

/** IEEE 802 Local Experimental EtherType 1: no protocol stack takes such a frame, so it reaches no rule and no conntrack entry. */
export const MARKER_ETHERTYPE = 0x88b5
/** A group address that bridges never forward (IEEE 802.1D table 7-10): the marker stays on its link. */
export const MARKER_DESTINATION = '0180c2000003'
/** What a marker's payload begins with; a nonce follows. */
export const MARKER_MAGIC = 'pkproof:'

const DESTINATION_BYTES = Buffer.from(MARKER_DESTINATION, 'hex')
/** On a link type without link header the marker's own Ethernet header is what was captured. */
const ETHERNET_HEADER_LENGTH = 14

/** The nonce of a marker frame: what a capture sends itself to prove that it sees. Undefined for any other packet. */
export function markerNonce(packet: Packet): string | undefined {
  const payload = markerPayload(packet)
  if (payload === undefined || payload.toString('latin1', 0, MARKER_MAGIC.length) !== MARKER_MAGIC) return undefined
  return /^[0-9a-f]+/.exec(payload.toString('latin1', MARKER_MAGIC.length))?.[0]
}

function markerPayload(packet: Packet): Buffer | undefined {
  if (packet.link.etherType === MARKER_ETHERTYPE) return packet.payload
  if (packet.link.type !== 'raw' || packet.data[0] !== DESTINATION_BYTES[0]) return undefined
  return packet.data.subarray(0, 6).equals(DESTINATION_BYTES) ? packet.data.subarray(ETHERNET_HEADER_LENGTH) : undefined
}
