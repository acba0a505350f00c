import { parseCidr } from '../../../helpers/cidr.ts'
import { nearestName } from '../../../helpers/nearest-name.ts'
import { familyOfCidr, isMappedCidr } from './cidr-check.ts'
import type { MasqConfig } from './config.ts'
import { type ConfigKey, configKeyOf, configKeys } from './decode-config.ts'
import type { DocumentNode, Position } from './document.ts'
import { valueOf } from './validate-config.ts'

export interface Advice {
  readonly at: Position
  readonly message: string
}

/** What ip-masq-agent accepts in silence although the author of the file would want to know. */
export function adviseOnConfig(document: DocumentNode, config: MasqConfig, enableIpv6: boolean): readonly Advice[] {
  if (document.kind !== 'object') return []
  return [...adviseOnKeys(document), ...adviseOnCidrs(document, config, enableIpv6)].sort(
    (a, b) => a.at.line - b.at.line || a.at.column - b.at.column,
  )
}

function adviseOnKeys(document: DocumentNode & { kind: 'object' }): readonly Advice[] {
  const known = Object.keys(configKeys) as ConfigKey[]
  const all = [...document.replaced, ...document.entries]
  const unknown = all.flatMap((entry): Advice[] => {
    if (configKeyOf(entry.key) !== undefined) return []
    const nearest = nearestName(entry.key, known)
    const meant = nearest === undefined ? `known keys: ${known.join(', ')}` : `did you mean "${nearest}"?`
    return [{ at: entry.at, message: `unknown key "${entry.key}" is ignored; ${meant}` }]
  })
  const repeated = known.flatMap((key): Advice[] => {
    const given = all.filter((entry) => configKeyOf(entry.key) === key)
    const counts = given.at(-1)
    if (counts === undefined || given.length < 2) return []
    const lines = given.map(({ at }) => at.line).sort((a, b) => a - b)
    const message = `key "${key}" is given ${given.length} times (lines ${lines.join(', ')}): the one on line ${counts.at.line} counts`
    return [{ at: counts.at, message }]
  })
  return [...unknown, ...repeated]
}

function adviseOnCidrs(document: DocumentNode, config: MasqConfig, enableIpv6: boolean): readonly Advice[] {
  const list = valueOf(document, 'nonMasqueradeCIDRs')
  if (list === undefined) return []
  if (list.kind !== 'array' || list.items.length === 0) {
    return [
      { at: list, message: 'nonMasqueradeCIDRs is empty: traffic to every destination but link-local is masqueraded' },
    ]
  }
  const cidrs = config.nonMasqueradeCIDRs ?? []
  const mapped = cidrs.flatMap((text, index): Advice[] =>
    isMappedCidr(text)
      ? [{ at: list.items[index] ?? list, message: `${text} is an IPv4-mapped IPv6 CIDR: iptables refuses it` }]
      : [],
  )
  const noIpv6 =
    enableIpv6 && !cidrs.some((text) => familyOfCidr(text) === 6)
      ? [
          {
            at: list,
            message: 'no IPv6 CIDR is listed: IPv6 traffic to every destination but link-local is masqueraded',
          },
        ]
      : []
  return [...mapped, ...noIpv6, ...adviseOnOverlaps(list.items, cidrs), ...adviseOnNulls(list.items)]
}

function adviseOnNulls(items: readonly DocumentNode[]): readonly Advice[] {
  return items.flatMap((item, index) =>
    item.kind === 'null' ? [{ at: item, message: `entry ${index + 1} of nonMasqueradeCIDRs is null` }] : [],
  )
}

function adviseOnOverlaps(items: readonly DocumentNode[], cidrs: readonly string[]): readonly Advice[] {
  return cidrs.flatMap((text, index): Advice[] => {
    const at = items[index] ?? { line: 1, column: 1 }
    for (const [before, other] of cidrs.slice(0, index).entries()) {
      const line = items[before]?.line ?? 1
      if (covers(other, text) && covers(text, other)) {
        return [{ at, message: `${text} is listed again (first on line ${line})` }]
      }
      if (covers(other, text)) return [{ at, message: `${text} is already covered by ${other} (line ${line})` }]
      if (covers(text, other)) return [{ at, message: `${text} covers ${other} (line ${line}), which is not needed` }]
    }
    return []
  })
}

function covers(outer: string, inner: string): boolean {
  const [a, b] = [parseCidr(outer), parseCidr(inner)]
  if (a.family !== b.family || a.prefixLength > b.prefixLength) return false
  const hostBits = BigInt((a.family === 4 ? 32 : 128) - a.prefixLength)
  return a.network >> hostBits === b.network >> hostBits
}
