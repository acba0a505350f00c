import { addressToBigInt, bigIntToAddress, familyOf } from '../../../helpers/cidr.ts'
import { PacketproofError } from '../../errors.ts'

/** A set as `ipset save` prints it. */
export interface IpSet {
  readonly name: string
  /** For instance `hash:ip`. */
  readonly type: string
  /** Everything after the type: `family`, `maxelem`, …; an option without a value is there with an empty text. */
  readonly header: ReadonlyMap<string, string>
  /** Canonical; `!` before an exception (`nomatch`). */
  readonly members: ReadonlySet<string>
}

const flags = new Set(['counters', 'comment', 'skbinfo', 'forceadd'])

/**
 * Reads `ipset save`.
 * @throws PacketproofError E_RULESET that names the line.
 */
export function parseIpSets(text: string, source = 'ipset save'): ReadonlyMap<string, IpSet> {
  const sets = new Map<string, IpSet & { readonly members: Set<string> }>()
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.trim().split(/\s+/)
    const [verb, name = '', third = '', ...rest] = words
    if (line.trim() === '' || verb?.startsWith('#')) continue
    if (verb === 'create' && third !== '') {
      sets.set(name, { name, type: third, header: headerOf(rest), members: new Set() })
      continue
    }
    const set = sets.get(name)
    if (verb !== 'add' || third === '' || set === undefined) {
      throw new PacketproofError(
        'E_RULESET',
        `${source}: line ${index + 1}: expected "create NAME TYPE …" or "add NAME MEMBER" of a set created above, got "${line}"`,
      )
    }
    set.members.add(`${rest.includes('nomatch') ? '!' : ''}${canonicalMember(third)}`)
  }
  return sets
}

/** One way to write an address or CIDR, the one of a host without its prefix length, as ipset prints it. */
export function canonicalMember(text: string): string {
  const [address = '', length] = text.split('/')
  if (!/^[\da-fA-F:.]+$/.test(address)) return text
  const family = familyOf(address)
  const canonical = bigIntToAddress(addressToBigInt(address), family)
  return length === undefined || Number(length) === (family === 4 ? 32 : 128) ? canonical : `${canonical}/${length}`
}

function headerOf(words: readonly string[]): ReadonlyMap<string, string> {
  const header = new Map<string, string>()
  for (let at = 0; at < words.length; at += 1) {
    const name = words[at] ?? ''
    header.set(name, flags.has(name) ? '' : (words[(at += 1)] ?? ''))
  }
  return header
}
