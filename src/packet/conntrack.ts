import { isAddress } from '../../helpers/cidr.ts'
import { invalidInput } from '../errors.ts'

/** One direction of a connection, as the kernel tracks it. */
export interface ConntrackTuple {
  readonly source: string
  readonly destination: string
  readonly sourcePort: number | undefined
  readonly destinationPort: number | undefined
  readonly icmp: { readonly type: number; readonly code: number; readonly id: number } | undefined
  /** With accounting on (`nf_conntrack_acct`). */
  readonly packets: number | undefined
  readonly bytes: number | undefined
}

export interface ConntrackEntry {
  /** In lines of `conntrack -E`: `NEW`, `UPDATE`, `DESTROY`. */
  readonly event: string | undefined
  /** `ipv4` or `ipv6`; only with `-o extended`, else told from the addresses. */
  readonly family: 4 | 6
  readonly protocolName: string
  /** IANA protocol number. */
  readonly protocol: number
  /** Seconds until the entry goes; absent in DESTROY events. */
  readonly timeoutSeconds: number | undefined
  /** `ESTABLISHED`, `SYN_SENT`, …; of protocols that have states. */
  readonly state: string | undefined
  readonly original: ConntrackTuple
  /** What the reply is expected to look like: NAT shows as a difference from the mirrored original. */
  readonly reply: ConntrackTuple
  /** `ASSURED`, `UNREPLIED`, `OFFLOAD`, … */
  readonly flags: readonly string[]
  readonly mark: number | undefined
  readonly zone: number | undefined
  /** Every other `key=value` of the line. */
  readonly other: Readonly<Record<string, string>>
  readonly line: string
}

const EVENTS: ReadonlySet<string> = new Set(['NEW', 'UPDATE', 'DESTROY'])
const TUPLE_KEYS: ReadonlySet<string> = new Set([
  'src',
  'dst',
  'sport',
  'dport',
  'type',
  'code',
  'id',
  'packets',
  'bytes',
  'srckey',
  'dstkey',
])

/**
 * Reads what `conntrack -L`, `conntrack -E` (with or without `-o extended,id,timestamp`) or /proc/net/nf_conntrack print.
 * Empty lines and the tool's own summary are passed over.
 * @throws PacketproofError E_INVALID_INPUT that names the line and what it lacks.
 */
export function parseConntrack(text: string): readonly ConntrackEntry[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '' || /^conntrack v\S+ \(conntrack-tools\)/.test(line)) return []
    return [parseConntrackLine(line, index + 1)]
  })
}

function parseConntrackLine(line: string, number: number): ConntrackEntry {
  const words = line.match(/\[[^\]]*\]|\S+/g) ?? []
  const firstPair = words.findIndex((word) => /^[a-z-]+=/.test(word))
  if (firstPair < 0) throw wrongLine(line, number, 'no src= and dst= in it')
  const head = words.slice(0, firstPair)
  const bracketed = head.filter((word) => word.startsWith('[')).map((word) => word.slice(1, -1).trim())
  const plain = head.filter((word) => !word.startsWith('['))
  const hasFamily = plain[0] === 'ipv4' || plain[0] === 'ipv6'
  const [protocolName, protocolText, ...timing] = hasFamily ? plain.slice(2) : plain
  if (protocolName === undefined || protocolText === undefined || !/^\d+$/.test(protocolText)) {
    throw wrongLine(line, number, 'expected a protocol name and number before src=')
  }
  const pairs = words.slice(firstPair)
  const tuples: Record<string, string>[] = []
  const other: Record<string, string> = {}
  const flags: string[] = []
  for (const word of pairs) {
    const equals = word.indexOf('=')
    if (word.startsWith('[') && equals < 0) flags.push(word.slice(1, -1))
    if (word.startsWith('[') || equals < 0) continue
    const key = word.slice(0, equals)
    const value = word.slice(equals + 1)
    if (key === 'src') tuples.push({})
    const tuple = tuples.at(-1)
    // The connection's own id (-o id) comes after both tuples; an ICMP tuple's comes after its type and code.
    const inTuple = tuple !== undefined && TUPLE_KEYS.has(key) && !(key in tuple) && (key !== 'id' || 'code' in tuple)
    if (inTuple) tuple[key] = value
    else other[key] = value
  }
  const [originalFields, replyFields] = tuples
  if (originalFields === undefined || replyFields === undefined || tuples.length > 2) {
    throw wrongLine(line, number, `expected two src= (original and reply), found ${tuples.length}`)
  }
  const original = toTuple(originalFields, line, number)
  const { mark, zone, ...rest } = other
  return {
    event: bracketed.find((word) => EVENTS.has(word)),
    family: original.source.includes(':') ? 6 : 4,
    protocolName,
    protocol: Number(protocolText),
    timeoutSeconds: numberOf(timing.find((word) => /^\d+$/.test(word))),
    state: timing.find((word) => /^[A-Z]/.test(word)),
    original,
    reply: toTuple(replyFields, line, number),
    flags,
    mark: numberOf(mark),
    zone: numberOf(zone),
    other: rest,
    line: line.trim(),
  }
}

function toTuple(fields: Record<string, string>, line: string, number: number): ConntrackTuple {
  const { src, dst } = fields
  if (src === undefined || dst === undefined || !isAddress(src) || !isAddress(dst)) {
    throw wrongLine(line, number, `src=${src ?? '(missing)'} dst=${dst ?? '(missing)'} are not two addresses`)
  }
  for (const key of ['sport', 'dport', 'type', 'code', 'id'] as const) {
    const value = fields[key]
    if (value !== undefined && !/^\d{1,5}$/.test(value))
      throw wrongLine(line, number, `${key}=${value} is not a number`)
  }
  const type = numberOf(fields['type'])
  const hasIcmp = type !== undefined && fields['code'] !== undefined
  return {
    source: src,
    destination: dst,
    sourcePort: numberOf(fields['sport']),
    destinationPort: numberOf(fields['dport']),
    icmp: hasIcmp ? { type, code: Number(fields['code']), id: Number(fields['id'] ?? 0) } : undefined,
    packets: numberOf(fields['packets']),
    bytes: numberOf(fields['bytes']),
  }
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}

function wrongLine(line: string, number: number, problem: string): Error {
  return invalidInput(`conntrack line ${number}: ${problem}: ${JSON.stringify(line.trim().slice(0, 200))}`, {
    hint: 'expected the output of: conntrack -L -o extended',
  })
}
