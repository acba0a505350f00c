import { addressToBigInt, familyOf } from '../../helpers/cidr.ts'
import type { Captured } from '../evidence/captured-window.ts'
import type { Judged } from '../evidence/judged.ts'
import type { Packet } from '../packet/types.ts'

/** Something to look for in the bytes of frames, wherever it stands in them. */
export interface Needle {
  /** For instance `10.0.1.11`, or `the nonce of the ping`. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** An address as it stands in a packet: 4 or 16 bytes. */
export function addressNeedle(address: string): Needle {
  const digits = familyOf(address) === 4 ? 8 : 32
  return { name: address, bytes: Buffer.from(addressToBigInt(address).toString(16).padStart(digits, '0'), 'hex') }
}

/**
 * No captured frame holds one of these anywhere, headers and payload alike, whatever the decoder makes of it. Needs a control beside it
 * that shows that the capture would have had them.
 */
export function containsNoBytes(window: Captured, needles: readonly Needle[]): Judged {
  const found = needles.map((needle) => ({ needle, packets: packetsWith(window, needle) }))
  const hits = found.filter(({ packets }) => packets.length > 0)
  for (const { packets } of hits) window.mark?.(packets, 'unexpected')
  const bytes = window.packets.reduce((sum, { data }) => sum + data.length, 0)
  return {
    pass: hits.length === 0,
    expected: `none of ${namesOf(needles)} anywhere in the bytes at ${placeOf(window)}`,
    observed:
      hits.length === 0
        ? `none in ${window.packets.length} packets, ${bytes} bytes`
        : hits
            .map(({ needle, packets }) => `${needle.name} in ${packets.length} (first: packet ${packets[0]?.index})`)
            .join(', '),
    ...common(window),
  }
}

/** At least one frame holds this. */
export function containsBytes(window: Captured, needle: Needle): Judged {
  const packets = packetsWith(window, needle)
  return {
    pass: packets.length > 0,
    expected: `${needle.name} in the bytes at ${placeOf(window)}`,
    observed: packets.length === 0 ? `in none of ${window.packets.length} packets` : `in ${packets.length} packets`,
    ...common(window),
  }
}

function packetsWith({ packets }: Captured, { bytes }: Needle): readonly Packet[] {
  // Everything contains nothing: an empty needle is a mistake that must not pass for an answer.
  return bytes.length === 0 ? packets : packets.filter(({ data }) => data.includes(Buffer.from(bytes)))
}

function namesOf(needles: readonly Needle[]): string {
  return needles.map(({ name }) => name).join(', ')
}

function placeOf({ host, interface: device }: Captured): string {
  return `${host} ${device}`
}

function common({ evidenceId, problem, packets, host }: Captured): Pick<Judged, 'evidence' | 'problem'> {
  const cut = packets.find(({ capturedLength, originalLength }) => capturedLength < originalLength)
  const why =
    problem ??
    (cut && `packet ${cut.index} on ${host} was captured in part: ${cut.capturedLength} of ${cut.originalLength} bytes`)
  return { ...(evidenceId !== undefined && { evidence: [evidenceId] }), ...(why !== undefined && { problem: why }) }
}
