import type { ConntrackEntry, ConntrackTuple } from './conntrack.ts'
import { tupleOf } from './flow.ts'
import { natInvariant } from './nat-invariant.ts'
import type { Packet } from './types.ts'

/** The packets seen at one place. */
export interface CapturePoint {
  readonly host: string
  readonly interface: string
  readonly packets: readonly Packet[]
}

/** One packet, as it looked at one place. */
export interface TranslationPoint {
  readonly host: string
  readonly interface: string
  readonly direction: 'in' | 'out' | undefined
  readonly protocol: number
  readonly source: string
  readonly destination: string
  readonly sourcePort: number | undefined
  readonly destinationPort: number | undefined
  readonly icmpId: number | undefined
  readonly ttl: number
  readonly timestampUs: number
  readonly packetIndex: number
}

const CHANGEABLE = ['source', 'destination', 'sourcePort', 'destinationPort', 'icmpId'] as const
export type TranslatedField = (typeof CHANGEABLE)[number]

/** One packet followed through several places, in the order of time, and what changed on the way. */
export interface Translation {
  readonly points: readonly TranslationPoint[]
  readonly changed: readonly TranslatedField[]
}

/**
 * Finds the same packet in several captures by what NAT leaves alone (`natInvariant`). A packet that was seen at one
 * place only is a translation of one point. Packets that cannot be told apart (sent twice with the same bytes) are joined in
 * the order in which each place saw them. All captures must share a clock.
 */
export function joinTranslations(captures: readonly CapturePoint[]): readonly Translation[] {
  const journeys = new Map<string, TranslationPoint[]>()
  for (const capture of captures) {
    const seen = new Map<string, number>()
    for (const packet of capture.packets) {
      const invariant = natInvariant(packet)
      const point = pointOf(capture, packet)
      if (invariant === undefined || point === undefined) continue
      // A capture on `any` sees one packet at each interface it passes: those are places of their own.
      const place = `${invariant} at ${packet.link.interfaceIndex ?? ''} ${packet.link.direction ?? ''}`
      const occurrence = seen.get(place) ?? 0
      seen.set(place, occurrence + 1)
      const key = `${invariant} #${occurrence}`
      const journey = journeys.get(key)
      if (journey === undefined) journeys.set(key, [point])
      else journey.push(point)
    }
  }
  return [...journeys.values()]
    .map(toTranslation)
    .sort((a, b) => (a.points[0]?.timestampUs ?? 0) - (b.points[0]?.timestampUs ?? 0))
}

/** A translation and the conntrack entry that made it. */
export interface TrackedTranslation {
  readonly entry: ConntrackEntry
  /** Which way of the connection the packet went. */
  readonly direction: 'original' | 'reply'
}

/**
 * The entry whose two tuples are this packet before and after: a packet of the original direction arrives as the original
 * tuple and leaves as the mirror of the reply tuple; a reply the other way round.
 */
export function findConntrackEntry(
  translation: Translation,
  entries: readonly ConntrackEntry[],
): TrackedTranslation | undefined {
  const before = translation.points[0]
  const after = translation.points.at(-1)
  if (before === undefined || after === undefined) return undefined
  for (const entry of entries) {
    if (entry.protocol !== before.protocol) continue
    if (isTuple(before, entry.original) && isMirror(after, entry.reply)) return { entry, direction: 'original' }
    if (isTuple(before, entry.reply) && isMirror(after, entry.original)) return { entry, direction: 'reply' }
  }
  return undefined
}

function toTranslation(points: TranslationPoint[]): Translation {
  // Array.prototype.sort is stable: places that saw it in the same microsecond stay in the order they were given.
  points.sort((a, b) => a.timestampUs - b.timestampUs)
  const changed = CHANGEABLE.filter((field) => points.some((point) => point[field] !== points[0]?.[field]))
  return { points, changed }
}

function pointOf(capture: CapturePoint, packet: Packet): TranslationPoint | undefined {
  const tuple = tupleOf(packet)
  if (tuple === undefined || packet.ip === undefined) return undefined
  return {
    host: capture.host,
    interface: capture.interface,
    direction: packet.link.direction,
    ...tuple,
    ttl: packet.ip.ttl,
    timestampUs: packet.timestampUs,
    packetIndex: packet.index,
  }
}

function isTuple(point: TranslationPoint, tuple: ConntrackTuple): boolean {
  return (
    point.source === tuple.source &&
    point.destination === tuple.destination &&
    point.sourcePort === tuple.sourcePort &&
    point.destinationPort === tuple.destinationPort &&
    point.icmpId === tuple.icmp?.id
  )
}

function isMirror(point: TranslationPoint, tuple: ConntrackTuple): boolean {
  return isTuple(point, {
    ...tuple,
    source: tuple.destination,
    destination: tuple.source,
    sourcePort: tuple.destinationPort,
    destinationPort: tuple.sourcePort,
  })
}
