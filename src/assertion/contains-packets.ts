import type { Captured } from '../evidence/captured-window.ts'
import type { Judged } from '../evidence/judged.ts'
import { describeFilter, matchPackets, type PacketFilter } from '../packet/match.ts'
import type { Packet } from '../packet/types.ts'

export interface PacketCount {
  /** Exactly so many. */
  readonly count?: number
  /** At least so many; default 1 when `count` is not given. */
  readonly atLeast?: number
}

/** The capture holds such packets. What is observed instead is told of packets that share the payload or the addresses. */
export function containsPackets(window: Captured, filter: PacketFilter, howMany: PacketCount = {}): Judged {
  const found = matchPackets(window.packets, filter)
  const { count, atLeast = 1 } = howMany
  const pass = count === undefined ? found.length >= atLeast : found.length === count
  const number = count === undefined ? `at least ${atLeast}` : `exactly ${count}`
  window.mark?.(found, 'expected')
  return {
    pass,
    expected: `${number} × (${describeFilter(filter)}) at ${place(window)}`,
    observed: pass ? countText(found) : `${found.length} such; ${nearMisses(window, filter)}`,
    ...common(window),
  }
}

/** The capture holds no such packet. Needs a control beside it that shows that the capture would have had one. */
export function containsNoPackets(window: Captured, filter: PacketFilter): Judged {
  const found = matchPackets(window.packets, filter)
  window.mark?.(found, 'unexpected')
  return {
    pass: found.length === 0,
    expected: `no (${describeFilter(filter)}) at ${place(window)}`,
    observed: found.length === 0 ? `none among ${window.packets.length} packets` : countText(found),
    ...common(window),
  }
}

function common(window: Captured): Pick<Judged, 'evidence' | 'problem'> {
  return {
    ...(window.evidenceId !== undefined && { evidence: [window.evidenceId] }),
    ...(window.problem !== undefined && { problem: window.problem }),
  }
}

function place(window: Captured): string {
  return `${window.host} ${window.interface}`
}

/** `2 × echo-request 10.244.1.5 > 10.0.0.2`, one for each kind, most frequent first. */
function countText(packets: readonly Packet[]): string {
  if (packets.length === 0) return 'nothing'
  const counts = new Map<string, number>()
  for (const packet of packets) {
    const what = packet.icmp?.kind ?? (packet.tcp ? 'tcp' : packet.udp ? 'udp' : 'packet')
    const text = `${what} ${packet.ip?.source ?? '?'} > ${packet.ip?.destination ?? '?'}`
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a)
  const more = sorted.length > 4 ? `, and ${sorted.length - 4} other kinds` : ''
  const shown = sorted.slice(0, 4).map(([text, count]) => `${count} × ${text}`)
  return shown.join(', ') + more
}

function nearMisses(window: Captured, { payloadIncludes, to, from }: PacketFilter): string {
  if (payloadIncludes !== undefined) {
    const same = matchPackets(window.packets, { payloadIncludes })
    return same.length > 0 ? `with that payload: ${countText(same)}` : 'nothing carries that payload'
  }
  const similar = matchPackets(window.packets, to === undefined ? (from === undefined ? {} : { from }) : { to })
  return similar.length > 0 ? `seen instead: ${countText(similar)}` : `captured: ${countText(window.packets)}`
}
