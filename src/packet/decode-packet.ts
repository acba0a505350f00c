import type { Buffer } from 'node:buffer'
import { PacketDraft } from './draft.ts'
import { type DecodeOptions, decodeLink } from './link.ts'
import type { Packet } from './types.ts'

/** One frame as a capture file holds it. */
export interface Frame {
  readonly index: number
  readonly timestampUs: number
  /** On the wire; the captured length is that of `data`. */
  readonly originalLength: number
  readonly data: Buffer
}

/**
 * Decodes every layer it knows. Never throws and never reads past the captured bytes: what is cut or wrong is said in
 * `truncated` and `malformed`. Checksums are not looked at, because offloading leaves them unset on the sender's side.
 * @param linkType a LINKTYPE_ value (https://www.tcpdump.org/linktypes.html).
 */
export function decodePacket(frame: Frame, linkType: number, options: DecodeOptions = {}): Packet {
  const packet = new PacketDraft(frame.index, frame.timestampUs, frame.originalLength, frame.data)
  if (frame.originalLength < frame.data.length) {
    packet.fault(`${frame.data.length} bytes were captured of a packet of ${frame.originalLength}`)
  }
  const wireEnd = Math.max(frame.originalLength, frame.data.length)
  decodeLink(packet, linkType, wireEnd, options)
  return packet
}
