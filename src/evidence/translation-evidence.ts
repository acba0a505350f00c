import { type ConntrackEntry, parseConntrack } from '../packet/conntrack.ts'
import { matchPackets, type PacketFilter } from '../packet/match.ts'
import { findConntrackEntry, joinTranslations, type Translation } from '../packet/translation.ts'
import type { Evidence } from '../report/model.ts'
import type { CapturedWindow } from './captured-window.ts'
import type { EvidenceContext } from './evidence-store.ts'
import type { Judged } from './judged.ts'

type TranslationRow = Extract<Evidence, { kind: 'translation' }>['rows'][number]

export interface TranslationOptions {
  readonly title: string
  /** In any order: the packets' times tell in which order they passed. */
  readonly captures: readonly CapturedWindow[]
  /** The packet to follow (the first that matches at the first place), for instance by its nonce. */
  readonly filter: PacketFilter
  /** Its answer, when one is expected. */
  readonly reply?: PacketFilter
  /** What `conntrack -L` of the node that rewrote it said. */
  readonly conntrack?: string
  /** The rule that did it, with its counter, for the reader. */
  readonly rule?: string
}

/** One packet followed through several captures, kept as evidence. */
export class FollowedPacket {
  readonly evidenceId: string
  readonly request: Translation | undefined
  readonly reply: Translation | undefined
  readonly entry: ConntrackEntry | undefined
  readonly #problem: string | undefined

  constructor(context: EvidenceContext, options: TranslationOptions) {
    const { captures, conntrack, filter, reply, rule, title } = options
    this.#problem = captures.map((window) => window.problem).find((problem) => problem !== undefined)
    this.request = follow(captures, filter)
    this.reply = reply && follow(captures, reply)
    const tracked = this.request && findConntrackEntry(this.request, parseConntrack(conntrack ?? ''))
    this.entry = tracked?.entry
    const rows = (translation: Translation | undefined): TranslationRow[] => rowsOf(translation, context)
    const line = conntrackLine(conntrack ?? '', this.request)
    this.evidenceId = context.evidence.add({
      kind: 'translation',
      title,
      rows: rows(this.request),
      ...(this.reply && { replyRows: rows(this.reply) }),
      changed: [...(this.request?.changed ?? [])],
      invariant: 'IP identification, length, ICMP sequence or TCP sequence numbers, and payload with its nonce',
      ...(line !== undefined && { conntrack: line }),
      ...(rule !== undefined && { rule }),
    })
  }

  /** It was seen with this source at its first place and with that at its last, and with no other in between. */
  hasSources(first: string, last: string): Judged {
    const observed = sourcesOf(this.request)
    const pass = observed.length > 1 && observed[0] === first && observed.at(-1) === last
    return this.#judged(pass, `source ${first} first, ${last} last`, observed.join(', then ') || 'never seen')
  }

  /** The answer was addressed to this at its first place and to that at its last. */
  replyHasDestinations(first: string, last: string): Judged {
    const seen = (this.reply?.points ?? []).map((point) => point.destination)
    const observed = seen.filter((address, at) => address !== seen[at - 1])
    const pass = observed[0] === first && observed.at(-1) === last
    return this.#judged(pass, `destination ${first} first, ${last} last`, observed.join(', then ') || 'no answer seen')
  }

  /** One conntrack entry joins what it was before and after. */
  isTracked(): Judged {
    const { entry } = this
    const text = (tuple: ConntrackEntry['original']): string => `${tuple.source} > ${tuple.destination}`
    const expected = 'one conntrack entry whose two tuples are the packet before and after'
    const observed = entry ? `original ${text(entry.original)}, reply ${text(entry.reply)}` : 'no such entry'
    return this.#judged(entry !== undefined, expected, observed)
  }

  #judged(pass: boolean, expected: string, observed: string): Judged {
    return {
      pass,
      expected,
      observed,
      evidence: [this.evidenceId],
      ...(this.#problem !== undefined && { problem: this.#problem }),
    }
  }
}

function follow(captures: readonly CapturedWindow[], filter: PacketFilter): Translation | undefined {
  const points = captures.map((window) => {
    const packets = matchPackets(window.packets, filter)
    window.mark(packets, 'translated')
    return { host: window.host, interface: window.interface, packets }
  })
  return joinTranslations(points)[0]
}

function sourcesOf(translation: Translation | undefined): string[] {
  const sources = (translation?.points ?? []).map((point) => point.source)
  return sources.filter((address, at) => address !== sources[at - 1])
}

function rowsOf(translation: Translation | undefined, context: EvidenceContext): TranslationRow[] {
  return (translation?.points ?? []).map((point) => ({
    host: point.host,
    interface: point.direction === undefined ? point.interface : `${point.interface} (${point.direction})`,
    timeMs: context.clockOf(point.timestampUs / 1000),
    source: point.source,
    destination: point.destination,
    ...(point.sourcePort !== undefined && { sourcePort: point.sourcePort }),
    ...(point.destinationPort !== undefined && { destinationPort: point.destinationPort }),
    ...(point.icmpId !== undefined && { icmpId: point.icmpId }),
    ttl: point.ttl,
    packetNumber: point.packetIndex,
  }))
}

/** The line of the listing that the packet belongs to, for the reader. */
function conntrackLine(listing: string, translation: Translation | undefined): string | undefined {
  if (translation === undefined) return undefined
  return listing.split('\n').find((line) => {
    const entry = parseConntrackLine(line)
    return entry !== undefined && findConntrackEntry(translation, [entry]) !== undefined
  })
}

function parseConntrackLine(line: string): ConntrackEntry | undefined {
  return parseConntrack(line)[0]
}
