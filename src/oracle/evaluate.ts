import { type DirectionJudgement, judgeDirection } from './isolation.ts'
import type { PolicyObjects, PolicyPort } from './objects.ts'
import { type Party, type ProbeEnd, readEnd } from './party.ts'

/** A new connection, judged at the pod where it ends: `port` is the port there, after any Service. */
export interface PolicyProbe {
  readonly from: ProbeEnd
  readonly to: ProbeEnd
  readonly port: PolicyPort
  /** Default 4. */
  readonly family?: 4 | 6
}

/** What has to become of a connection; `unspecified` where the API leaves it to the network plugin, or nothing can be said. */
export type Permission = 'allowed' | 'blocked' | 'unspecified'

export interface Expectation {
  readonly permission: Permission
  /** Which policies isolate, and which rules allow. */
  readonly reason: string
  /** What each end's policies say; empty where no policy has a say. */
  readonly judgements: readonly DirectionJudgement[]
}

/**
 * What the NetworkPolicy API demands of a connection, by the definition of networking.k8s.io/v1: the policies of the source's
 * namespace allow it to leave, and those of the destination's allow it to arrive. Replies of what is allowed are allowed.
 * @throws PacketproofError E_INVALID_INPUT for an end that is not among the objects, and for what the API would have refused.
 */
export function evaluate(objects: PolicyObjects, { from, to, port, family = 4 }: PolicyProbe): Expectation {
  if (from.kind === 'pod' && to.kind === 'pod' && from.namespace === to.namespace && from.name === to.name) {
    return unspecified(`${from.namespace}/${from.name} to itself is left to the network plugin`)
  }
  const sources = readEnd(objects, from, family)
  const destinations = readEnd(objects, to, family)
  if ('unknown' in sources) return unspecified(sources.unknown)
  if ('unknown' in destinations) return unspecified(destinations.unknown)
  const [asPods, asNodes] = [0, 1].map((reading) =>
    evaluateParties(objects, sources[reading] ?? sources[0], destinations[reading] ?? destinations[0], port),
  ) as [Expectation, Expectation]
  if (asPods.permission === asNodes.permission) return asPods
  return unspecified('a pod on the network of its node: whether policies apply to it is left to the network plugin')
}

function evaluateParties(objects: PolicyObjects, source: Party, destination: Party, port: PolicyPort): Expectation {
  if (source.node !== undefined && source.node === destination.pod?.spec?.nodeName) {
    return allowed(`${source.name} is the node of ${destination.name}, and a node reaches its own pods`, [])
  }
  const judgements = [
    ...(source.pod ? [judgeDirection(objects, 'egress', source.pod, destination, port, destination.pod)] : []),
    ...(destination.pod ? [judgeDirection(objects, 'ingress', destination.pod, source, port, destination.pod)] : []),
  ]
  const reason = judgements.map(describe).join('; ') || 'no pod is involved'
  if (judgements.every(({ isAllowed }) => isAllowed)) return allowed(reason, judgements)
  if (destination.node !== undefined && destination.node === source.pod?.spec?.nodeName) {
    return unspecified(`a pod to its own node is left to the network plugin (${reason})`, judgements)
  }
  return { permission: 'blocked', reason, judgements }
}

function describe({ direction, pod, isolatedBy, allowedBy }: DirectionJudgement): string {
  const what = `${direction} ${direction === 'ingress' ? 'to' : 'from'} ${pod}`
  if (isolatedBy.length === 0) return `${what}: no policy isolates it`
  const [first] = allowedBy
  if (first === undefined) return `${what}: isolated by ${isolatedBy.join(', ')}, no rule allows it`
  const more = allowedBy.length > 1 ? ` and ${allowedBy.length - 1} more` : ''
  return `${what}: allowed by rule ${first.rule + 1} of ${first.policy}${more}`
}

function allowed(reason: string, judgements: readonly DirectionJudgement[]): Expectation {
  return { permission: 'allowed', reason, judgements }
}

/** An expectation that expects nothing. */
export function unspecified(reason: string, judgements: readonly DirectionJudgement[] = []): Expectation {
  return { permission: 'unspecified', reason, judgements }
}
