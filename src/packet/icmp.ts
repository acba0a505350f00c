import { ipv4Text, ipv6Text, uint16, uint32 } from './address-text.ts'
import { LayersDraft } from './draft.ts'
import type { DecodeIp, DecodeOptions } from './transport.ts'
import type { IcmpKind } from './types.ts'

/** RFC 792, and the IANA registry of ICMP types. */
const ICMP_KINDS: Readonly<Record<number, IcmpKind>> = {
  0: 'echo-reply',
  3: 'destination-unreachable',
  4: 'source-quench',
  5: 'redirect',
  8: 'echo-request',
  9: 'router-advertisement',
  10: 'router-solicitation',
  11: 'time-exceeded',
  12: 'parameter-problem',
  13: 'timestamp-request',
  14: 'timestamp-reply',
}

/** RFC 4443, RFC 4861, RFC 2710, RFC 9777. */
const ICMPV6_KINDS: Readonly<Record<number, IcmpKind>> = {
  1: 'destination-unreachable',
  2: 'packet-too-big',
  3: 'time-exceeded',
  4: 'parameter-problem',
  128: 'echo-request',
  129: 'echo-reply',
  130: 'mld-query',
  131: 'mld-report',
  132: 'mld-done',
  133: 'router-solicitation',
  134: 'router-advertisement',
  135: 'neighbor-solicitation',
  136: 'neighbor-advertisement',
  137: 'redirect',
  143: 'mldv2-report',
}

const WITH_ID: ReadonlySet<IcmpKind> = new Set(['echo-request', 'echo-reply', 'timestamp-request', 'timestamp-reply'])
/** ICMPv6 messages with an address after their first 8 bytes. */
const WITH_TARGET: ReadonlySet<IcmpKind> = new Set([
  'neighbor-solicitation',
  'neighbor-advertisement',
  'redirect',
  'mld-query',
  'mld-report',
  'mld-done',
])

/** Whether the packet that caused it follows the first 8 bytes. */
function isError(version: 4 | 6, type: number): boolean {
  return version === 4 ? type === 3 || type === 4 || type === 5 || type === 11 || type === 12 : type >= 1 && type <= 4
}

export function decodeIcmp(
  draft: LayersDraft,
  version: 4 | 6,
  at: number,
  end: number,
  wireEnd: number,
  options: DecodeOptions,
  decodeIp: DecodeIp,
): void {
  const { data } = draft
  if (end - at < 4) return draft.endsEarly('the ICMP header', wireEnd > end)
  const type = data[at] as number
  const code = data[at + 1] as number
  const kind = (version === 4 ? ICMP_KINDS : ICMPV6_KINDS)[type] ?? 'other'
  const whole = end - at >= 8
  if (!whole && (WITH_ID.has(kind) || isError(version, type))) draft.endsEarly('the ICMP header', wireEnd > end)
  const hasId = whole && WITH_ID.has(kind)
  const original = whole && isError(version, type) ? quoted(draft, at + 8, end, wireEnd, options, decodeIp) : undefined
  draft.icmp = {
    version,
    type,
    code,
    kind,
    id: hasId ? uint16(data, at + 4) : undefined,
    sequence: hasId ? uint16(data, at + 6) : undefined,
    mtu: whole ? readMtu(data, version, type, code, at) : undefined,
    target: readTarget(data, version, kind, at, end),
    original,
  }
  draft.setPayload(Math.min(at + 8, end), end, wireEnd)
}

/** The packet in an error. An error about an error is not followed further down, so that no packet can nest without end. */
function quoted(
  draft: LayersDraft,
  at: number,
  end: number,
  wireEnd: number,
  options: DecodeOptions,
  decodeIp: DecodeIp,
): LayersDraft | undefined {
  if (draft.quoted || at >= end) return undefined
  const original = new LayersDraft(draft.data, true)
  decodeIp(original, at, end, wireEnd, options)
  return original.ip === undefined ? undefined : original
}

function readMtu(data: Buffer, version: 4 | 6, type: number, code: number, at: number): number | undefined {
  // RFC 1191 §4: code 4 carries the next hop's MTU in the last 16 bits.
  if (version === 4) return type === 3 && code === 4 ? uint16(data, at + 6) : undefined
  return type === 2 ? uint32(data, at + 4) : undefined
}

function readTarget(data: Buffer, version: 4 | 6, kind: IcmpKind, at: number, end: number): string | undefined {
  if (version === 4) return kind === 'redirect' && at + 8 <= end ? ipv4Text(data, at + 4) : undefined
  return WITH_TARGET.has(kind) && at + 24 <= end ? ipv6Text(data, at + 8) : undefined
}
