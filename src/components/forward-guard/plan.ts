import type { Cidr } from '../../../helpers/cidr.ts'
import { PacketproofError } from '../../errors.ts'
import { findChain, type Ruleset } from '../../ruleset/model.ts'
import type { ClusterNode } from './cluster-node.ts'
import { guardChain, guardSpec, type IpFamily, identityOfSpec, isGuard, setNames } from './guard-rule.ts'
import type { IpSet } from './ip-set.ts'
import { findGuardPosition, type GuardPosition } from './position.ts'
import { renderSets, spareNameOf, type WantedSet } from './set-payload.ts'

export interface GuardSituation {
  readonly family: IpFamily
  /** The filter table as listed. */
  readonly ruleset: Ruleset
  /** The machine's sets by name; at least those of the guard's names that exist. */
  readonly sets: ReadonlyMap<string, IpSet>
  readonly nodes: readonly ClusterNode[]
  /** Beyond those of the Node objects, of this family. */
  readonly podCidrs?: readonly Cidr[]
  readonly inInterface: string
}

/** What there is to do, in this order: the sets, the rules, the sets that no rule uses any more. */
export interface GuardPlan {
  /** For `ipset restore`; empty when the sets are right. */
  readonly sets: string
  /** For `iptables-restore --noflush`, one transaction; empty when the one rule is at its place. */
  readonly rules: string
  readonly unusedSets: readonly string[]
  /** The rule after `-A FORWARD`. */
  readonly spec: string
  /** Its number in a listing: where it is when it is at its place, or else where it goes. */
  readonly number: number
  readonly position: GuardPosition
}

/**
 * What makes the guard right on one machine in one family; nothing when it is.
 * @throws PacketproofError E_INVALID_INPUT or E_RULESET when the guard would cut the cluster off or has no place.
 */
export function planGuard(situation: GuardSituation): GuardPlan {
  const { family, ruleset, sets, nodes, inInterface } = situation
  const podCidrs = uniqueCidrs([...nodes.flatMap((node) => node.podCidrs), ...(situation.podCidrs ?? [])])
  if (podCidrs.length === 0) {
    throw new PacketproofError(
      'E_INVALID_INPUT',
      `no node has an IPv${family} pod CIDR, so the guard cannot tell the traffic of pods on other nodes from that of outsiders`,
      { hint: 'say where pods have their addresses: --pod-cidr 10.42.0.0/16' },
    )
  }
  const nodeAddresses = nodes.flatMap(({ addresses }) => addresses)
  const position = findGuardPosition(ruleset, family, { inInterface, nodeAddresses, podCidrs })
  const spec = guardSpec({ family, inInterface, ...position })
  const names = setNames[family]
  const nodeSet: WantedSet = { name: names.nodes, type: 'hash:ip', family, members: nodeAddresses }
  const podSet: WantedSet = { name: names.pods, type: 'hash:net', family, members: podCidrs.map(({ text }) => text) }
  const wanted = position.sparePods ? [nodeSet, podSet] : [nodeSet]
  const place = placeOfGuard(ruleset, family, spec, position)
  const payload = renderSets(wanted, sets)
  return {
    sets: payload,
    rules: place === undefined ? renderRules(ruleset, family, spec, position.index + 1) : '',
    unusedSets: ownSets(family).filter(
      (name) => sets.has(name) && !payload.includes(`destroy ${name}\n`) && !wanted.some((set) => set.name === name),
    ),
    spec,
    number: place ?? position.index + 1,
    position,
  }
}

/** Every set that the guard of a family may have made, with what a swap that broke off left behind. */
export function ownSets(family: IpFamily): readonly string[] {
  const { nodes, pods } = setNames[family]
  return [nodes, pods].flatMap((name) => [name, spareNameOf(name)])
}

/** The number of the one right guard, or undefined. It may stand higher than it would be put: others insert rules too. */
function placeOfGuard(ruleset: Ruleset, family: IpFamily, spec: string, position: GuardPosition): number | undefined {
  const rules = findChain(ruleset, 'filter', guardChain)?.rules ?? []
  const [guard, ...others] = rules.filter((rule) => isGuard(rule, family))
  if (guard === undefined || others.length > 0 || guard.identity !== identityOfSpec(spec)) return undefined
  return position.fitsAt(guard.index) ? guard.index + 1 : undefined
}

function renderRules(ruleset: Ruleset, family: IpFamily, spec: string, number: number): string {
  return payloadOf([...deletions(ruleset, family), `-I ${guardChain} ${number} ${spec}`])
}

/** The payload that takes every guard away; empty when there is none. */
export function renderRemoval(ruleset: Ruleset, family: IpFamily): string {
  const lines = deletions(ruleset, family)
  return lines.length === 0 ? '' : payloadOf(lines)
}

/** By specification, as listed: a number could be another rule's by the time it is used. */
function deletions(ruleset: Ruleset, family: IpFamily): readonly string[] {
  const rules = findChain(ruleset, 'filter', guardChain)?.rules ?? []
  return rules.filter((rule) => isGuard(rule, family)).map((rule) => `-D ${guardChain} ${rule.spec}`)
}

function payloadOf(lines: readonly string[]): string {
  return `${['*filter', ...lines, 'COMMIT'].join('\n')}\n`
}

function uniqueCidrs(cidrs: readonly Cidr[]): readonly Cidr[] {
  return [...new Map(cidrs.map((cidr) => [cidr.text, cidr])).values()]
}
