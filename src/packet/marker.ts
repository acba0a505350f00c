import type { Packet } from './types.ts'

/** IEEE 802 Local Experimental EtherType 1: no protocol stack takes such a frame, so it reaches no rule and no conntrack entry. */
export const MARKER_ETHERTYPE = 0x88b5
/** A group address that bridges never forward (IEEE 802.1D table 7-10): the marker stays on its link. */
export const MARKER_DESTINATION = '0180c2000003'
/** What a marker's payload begins with; a nonce follows. */
export const MARKER_MAGIC = 'pkproof:'

const DESTINATION_BYTES = Buffer.from(MARKER_DESTINATION, 'hex')
/** On a device without link header the marker's own Ethernet header is part of what was captured. */
const MAX_MAGIC_OFFSET = 40

/** The nonce of a marker frame: what a capture sends itself to prove that it sees. Undefined for any other packet. */
export function markerNonce(packet: Packet): string | undefined {
  const { link, data } = packet
  const isMarker = link.etherType === MARKER_ETHERTYPE || (link.type === 'raw' && startsWithDestination(data))
  if (!isMarker) return undefined
  const at = data.indexOf(MARKER_MAGIC)
  if (at < 0 || at > MAX_MAGIC_OFFSET) return undefined
  return /^[0-9a-f]+/.exec(data.toString('latin1', at + MARKER_MAGIC.length))?.[0]
}

function startsWithDestination(data: Buffer): boolean {
  return data[0] === DESTINATION_BYTES[0] && data.subarray(0, 6).equals(DESTINATION_BYTES)
}
