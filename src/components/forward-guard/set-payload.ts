import { PacketproofError } from '../../errors.ts'
import type { IpFamily } from './guard-rule.ts'
import { canonicalMember, type IpSet } from './ip-set.ts'

export interface WantedSet {
  readonly name: string
  readonly type: 'hash:ip' | 'hash:net'
  readonly family: IpFamily
  readonly members: readonly string[]
}

/** ipset's own defaults (ipset(8)), which the legacy type name `iphash` has too. */
const defaultMaxElements = 65_536
const hashSize = 1_024

/** What the kernel adds by itself, or changes while the set lives. */
const incidental = new Set(['family', 'maxelem', 'hashsize', 'bucketsize', 'initval'])

/**
 * The `ipset restore` payload that makes the sets exactly so; empty when they are. A set whose header is not the wanted
 * one is built anew beside it and swapped in, so that at no moment a node is missing; otherwise members are added before
 * others are deleted.
 * @param existing all sets of the machine, by name.
 * @throws PacketproofError E_RULESET when a set of that name is of another type or family: it is somebody else's, and the
 * kernel does not swap sets of different types.
 */
export function renderSets(wanted: readonly WantedSet[], existing: ReadonlyMap<string, IpSet>): string {
  const lines = wanted.flatMap((set) => renderSet(set, existing))
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

function renderSet(wanted: WantedSet, existing: ReadonlyMap<string, IpSet>): readonly string[] {
  const { name } = wanted
  const members = [...new Set(wanted.members.map(canonicalMember))]
  const maxElements = Math.max(defaultMaxElements, 2 ** Math.ceil(Math.log2(Math.max(1, members.length))))
  const now = existing.get(name)
  const make = (as: string): string[] => [
    `create ${as} ${wanted.type} family ${familyName(wanted.family)} hashsize ${hashSize} maxelem ${maxElements}`,
    ...members.map((member) => `add ${as} ${member}`),
  ]
  if (now === undefined) return make(name)
  refuseForeignSet(now, wanted)
  if (Number(now.header.get('maxelem')) !== maxElements || [...now.header.keys()].some((key) => !incidental.has(key))) {
    const spare = spareNameOf(name)
    return [
      ...(existing.has(spare) ? [`destroy ${spare}`] : []),
      ...make(spare),
      `swap ${spare} ${name}`,
      `destroy ${spare}`,
    ]
  }
  const kept = new Set(members)
  return [
    ...members.filter((member) => !now.members.has(member)).map((member) => `add ${name} ${member} -exist`),
    ...[...now.members]
      .sort()
      .filter((member) => !kept.has(member))
      .map((member) => `del ${name} ${member.replace('!', '')} -exist`),
  ]
}

/** At most 31 characters, as the names of all sets. */
export function spareNameOf(name: string): string {
  return `${name}_new`
}

function refuseForeignSet(now: IpSet, wanted: WantedSet): void {
  const family = now.header.get('family') ?? 'none'
  if (now.type === wanted.type && family === familyName(wanted.family)) return
  throw new PacketproofError(
    'E_RULESET',
    `the set ${now.name} exists as ${now.type}, family ${family}: expected ${wanted.type}, family ${familyName(wanted.family)}`,
    {
      hint: `somebody else made it: when nothing needs it, delete the rules that use it, then run "ipset destroy ${now.name}"`,
    },
  )
}

function familyName(family: IpFamily): 'inet' | 'inet6' {
  return family === 4 ? 'inet' : 'inet6'
}
