import { familyOf } from '../../../../helpers/cidr.ts'
import type { Direction, PolicyRule, PortRange } from '../convert/policy-types.ts'
import { rangeText } from '../convert/ports.ts'
import type { Dialect } from '../dialect.ts'
import { hex } from '../dialect.ts'
import { setName } from '../names/hashes.ts'
import { namedPortSet, type SetReference, selectorSet } from '../plan/ip-sets.ts'
import { clearMarks, giveBack, inSet, isClear, isSet, setMark } from './actions.ts'
import type { FelixRule } from './felix-rule.ts'

/** multiport(8) takes 15 ports; a range counts for two. */
const multiportSlots = 15

/** The sets that a rule refers to. */
export function setsOf(rule: PolicyRule, direction: Direction): SetReference[] {
  return [...peerSets(rule, direction), ...portSets(rule, direction)]
}

/** None where the sets of named ports hold nobody but the peers. */
function peerSets({ peers, ports, namedPorts }: PolicyRule, direction: Direction): SetReference[] {
  const isInPorts = direction === 'egress' && namedPorts.length > 0 && ports.length === 0
  return peers === undefined || isInPorts ? [] : [selectorSet(peers)]
}

/** What goes out to a named port goes to a peer's; what comes in, to the port of the pod itself. */
function portSets({ peers, protocol, namedPorts }: PolicyRule, direction: Direction): SetReference[] {
  if (protocol === undefined) return []
  return namedPorts.map((port) => namedPortSet(protocol, port, direction === 'egress' ? peers : undefined))
}

/** The rules of a policy's chain: what is allowed is marked so, and goes back to whoever asked. */
export function policyRules(
  rules: readonly PolicyRule[],
  direction: Direction,
  family: 4 | 6,
  dialect: Dialect,
): FelixRule[] {
  const { accept } = dialect.marks
  const all = rules.flatMap((rule) => {
    const rendered = allowRule(rule, direction, family, dialect)
    return rendered.length === 0 ? [] : [...rendered, { match: isSet(accept), action: giveBack }]
  })
  // The end of a chain goes back by itself.
  return all.slice(0, -1)
}

/** Alternatives of which one must match, or exceptions of which none may. */
interface Block {
  readonly kind: 'one-of' | 'none-of'
  readonly matches: readonly string[]
}

/** Empty when nothing of this address family can match. */
function allowRule(rule: PolicyRule, direction: Direction, family: 4 | 6, dialect: Dialect): FelixRule[] {
  const nets = rule.nets?.filter((cidr) => familyOf(cidr) === family)
  if (nets?.length === 0) return []
  const notNets = (rule.notNets ?? []).filter((cidr) => familyOf(cidr) === family)
  // Everything is excepted.
  if (notNets.some((cidr) => cidr.endsWith('/0'))) return []
  const side = direction === 'ingress' ? '--source' : '--destination'
  const protocol = rule.protocol === undefined ? [] : [`-p ${rule.protocol}`]
  const numbers = splitPorts(rule.ports).map(
    (group) => `-m multiport --destination-ports ${group.map(rangeText).join(',')}`,
  )
  const names = portSets(rule, direction).map(({ id }) => inSet(setName(family, id), 'dst,dst'))
  const ports = [...numbers, ...names]
  const isNetBlock = (nets?.length ?? 0) > 1
  const blocks: Block[] = [
    ...(ports.length > 1
      ? // The members of a named port's set have the protocol.
        [{ kind: 'one-of' as const, matches: [...numbers.map((match) => join([...protocol, match])), ...names] }]
      : []),
    ...(isNetBlock ? [{ kind: 'one-of' as const, matches: (nets ?? []).map((net) => `${side} ${net}`) }] : []),
    ...(notNets.length > 0 ? [{ kind: 'none-of' as const, matches: notNets.map((net) => `${side} ${net}`) }] : []),
  ]
  const match = join([
    ...protocol,
    ...(isNetBlock ? [] : (nets ?? []).map((net) => `${side} ${net}`)),
    ...peerSets(rule, direction).map(({ id }) => inSet(setName(family, id), direction === 'ingress' ? 'src' : 'dst')),
    ...(ports.length === 1 ? ports : []),
    ...(blocks.length > 0 ? [isSet(dialect.marks.allBlocks)] : []),
  ])
  return [...blockRules(blocks, dialect), { match, action: setMark(dialect.marks.accept) }]
}

/** As many ports as one rule takes, again and again. */
export function splitPorts(ranges: readonly PortRange[]): PortRange[][] {
  const groups: PortRange[][] = []
  let left = 0
  for (const range of ranges) {
    const slots = range.first === range.last ? 1 : 2
    if (slots > left) {
      groups.push([])
      left = multiportSlots
    }
    groups.at(-1)?.push(range)
    left -= slots
  }
  return groups
}

/** The scratch marks tell the last rule whether every block has matched. */
function blockRules(blocks: readonly Block[], { marks }: Dialect): FelixRule[] {
  if (blocks.length === 0) return []
  const { allBlocks, thisBlock } = marks
  const isAllNegative = blocks.every(({ kind }) => kind === 'none-of')
  const start = `${hex(isAllNegative ? allBlocks : 0)}/${hex(allBlocks | thisBlock)}`
  return [
    { action: `--jump MARK --set-mark ${start}` },
    ...blocks.flatMap(({ kind, matches }, index): FelixRule[] => {
      if (kind === 'none-of') return matches.map((match) => ({ match, action: clearMarks(allBlocks) }))
      if (index === 0) return matches.map((match) => ({ match, action: setMark(allBlocks) }))
      return [
        ...(index > 1 ? [{ action: clearMarks(thisBlock) }] : []),
        ...matches.map((match) => ({ match, action: setMark(thisBlock) })),
        { match: isClear(thisBlock), action: clearMarks(allBlocks) },
      ]
    }),
  ]
}

function join(parts: readonly string[]): string {
  return parts.join(' ')
}
