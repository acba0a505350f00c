import { type Cidr, cidrContains, parseCidr } from '../../../helpers/cidr.ts'
import { normalizeAddress } from '../../ruleset/normalize-address.ts'
import type { Negatable } from '../../ruleset/parse-spec.ts'

/** What the guard is for: packets that enter a node by one interface on their way to pods. One address family. */
export interface GuardedTraffic {
  readonly inInterface: string
  readonly nodeAddresses: readonly string[]
  readonly podCidrs: readonly Cidr[]
}

/** Bridges of other software: a packet to a pod leaves by none of them. */
const foreignBridge = /^(lo|docker0|docker_gwbridge|br-[0-9a-f]{12}|(virbr|lxdbr|lxcbr|incusbr|podman|cni-podman)\d+)$/

/** Whether an `-i` condition holds for the guarded interface; a trailing `+` stands for any rest (iptables(8)). */
export function entersBy(condition: Negatable | undefined, inInterface: string): boolean {
  if (condition === undefined) return true
  const { value, negated } = condition
  const matches = value.endsWith('+') ? inInterface.startsWith(value.slice(0, -1)) : value === inInterface
  return matches !== negated
}

/** Whether an `-o` condition holds for packets to pods. Which interfaces pods have is not known, so most are "maybe". */
export function leavesBy(condition: Negatable | undefined): 'always' | 'maybe' | 'never' {
  if (condition === undefined || (condition.value === '+' && !condition.negated)) return 'always'
  if (!foreignBridge.test(condition.value)) return 'maybe'
  return condition.negated ? 'always' : 'never'
}

/** How far a `-d` condition covers the pods' CIDRs. */
export function destinationCovers(
  condition: Negatable | undefined,
  { podCidrs }: GuardedTraffic,
): 'all' | 'some' | 'none' {
  if (condition === undefined) return 'all'
  const ranges = rangesOf(condition.value)
  if (ranges === undefined) return 'some'
  const all = podCidrs.every((cidr) => ranges.some((range) => contains(range, cidr)))
  const some = podCidrs.some((cidr) => ranges.some((range) => contains(range, cidr) || contains(cidr, range)))
  if (condition.negated) return all ? 'none' : some ? 'some' : 'all'
  return all ? 'all' : some ? 'some' : 'none'
}

/**
 * Whom a `-s` condition speaks of: `anyone` also when it is a range that a node's address is in, because a machine beside
 * the nodes is then in it too; `chosen` is a single node, the pods' own CIDRs, or a part of the world that somebody named.
 */
export function sourceOf(condition: Negatable | undefined, { nodeAddresses }: GuardedTraffic): 'anyone' | 'chosen' {
  if (condition === undefined || condition.negated) return 'anyone'
  const ranges = rangesOf(condition.value)
  if (ranges === undefined) return 'anyone'
  const wide = ranges.filter(({ family, prefixLength }) => prefixLength < (family === 4 ? 32 : 128))
  return wide.some((range) => nodeAddresses.some((address) => cidrContains(range, address))) ? 'anyone' : 'chosen'
}

/** The pod CIDRs that a `-s` condition covers whole. */
export function podSourcesIn(condition: Negatable | undefined, { podCidrs }: GuardedTraffic): readonly Cidr[] {
  if (condition === undefined) return podCidrs
  const ranges = condition.negated ? undefined : rangesOf(condition.value)
  return podCidrs.filter((cidr) => ranges?.some((range) => contains(range, cidr)))
}

/** Whether a `-s` condition speaks of pods and nodes only, or of a network that pods are in. */
export function isOfCluster(condition: Negatable | undefined, { nodeAddresses, podCidrs }: GuardedTraffic): boolean {
  const ranges = condition === undefined || condition.negated ? undefined : rangesOf(condition.value)
  if (ranges === undefined) return false
  const nodes = nodeAddresses.map((address) => parseCidr(`${address}/${address.includes(':') ? 128 : 32}`))
  return ranges.every(
    (range) =>
      [...podCidrs, ...nodes].some((cidr) => contains(cidr, range)) || podCidrs.some((cidr) => contains(range, cidr)),
  )
}

/** Undefined for a mask that is no prefix. */
function rangesOf(value: string): readonly Cidr[] | undefined {
  try {
    return value.split(',').map((text) => {
      const address = normalizeAddress(text)
      return parseCidr(address.includes('/') ? address : `${address}/${address.includes(':') ? 128 : 32}`)
    })
  } catch {
    return undefined
  }
}

function contains(outer: Cidr, inner: Cidr): boolean {
  if (outer.family !== inner.family || outer.prefixLength > inner.prefixLength) return false
  const hostBits = BigInt((outer.family === 4 ? 32 : 128) - outer.prefixLength)
  return outer.network >> hostBits === inner.network >> hostBits
}
