import type { V1NetworkPolicyPeer, V1NetworkPolicyPort, V1Pod } from '@kubernetes/client-node'
import { selects } from './label-selector.ts'
import { keyOf, namespaceOf, type PolicyObject, type PolicyObjects, type PolicyPort } from './objects.ts'
import type { Party } from './party.ts'
import { includesPeer, includesPort } from './rules.ts'

export type Direction = 'ingress' | 'egress'

/** A rule of a policy, by its place in the list (from 0). */
export interface RuleReference {
  /** `NAMESPACE/NAME` of the policy. */
  readonly policy: string
  readonly rule: number
}

/** What the policies of one end say of a connection. */
export interface DirectionJudgement {
  readonly direction: Direction
  /** The pod at that end, as `NAMESPACE/NAME`. */
  readonly pod: string
  readonly isAllowed: boolean
  /** The policies that isolate the pod in this direction, as `NAMESPACE/NAME`. None: everything is allowed. */
  readonly isolatedBy: readonly string[]
  /** Every rule that allows the connection. */
  readonly allowedBy: readonly RuleReference[]
}

export function judgeDirection(
  objects: PolicyObjects,
  direction: Direction,
  pod: V1Pod,
  other: Party,
  port: PolicyPort,
  destination: V1Pod | undefined,
): DirectionJudgement {
  const isolating = objects.policies.filter((policy) => isolates(policy, direction, pod))
  const allowedBy = isolating.flatMap((policy) =>
    rulesOf(policy, direction).flatMap(({ peers, ports }, rule) => {
      const matches = includesPeer(objects, namespaceOf(policy), peers, other) && includesPort(ports, port, destination)
      return matches ? [{ policy: keyOf(policy), rule }] : []
    }),
  )
  return {
    direction,
    pod: keyOf(pod),
    isAllowed: isolating.length === 0 || allowedBy.length > 0,
    isolatedBy: isolating.map(keyOf),
    allowedBy,
  }
}

/** Whether the policy selects the pod and speaks of this direction. */
function isolates(policy: PolicyObject, direction: Direction, pod: V1Pod): boolean {
  return (
    namespaceOf(policy) === namespaceOf(pod) &&
    directionsOf(policy).includes(direction) &&
    selects(policy.spec?.podSelector ?? {}, pod.metadata?.labels ?? {})
  )
}

/** `policyTypes`; where it says nothing, ingress, and egress too when there is an egress rule. */
export function directionsOf({ spec }: PolicyObject): readonly Direction[] {
  const types = spec?.policyTypes ?? []
  if (types.length > 0) return (['ingress', 'egress'] as const).filter((each) => types.includes(typeOf[each]))
  return (spec?.egress ?? []).length > 0 ? ['ingress', 'egress'] : ['ingress']
}

const typeOf = { ingress: 'Ingress', egress: 'Egress' } as const

interface DirectedRule {
  readonly peers: readonly V1NetworkPolicyPeer[] | undefined
  readonly ports: readonly V1NetworkPolicyPort[] | undefined
}

function rulesOf({ spec }: PolicyObject, direction: Direction): readonly DirectedRule[] {
  if (direction === 'egress') return (spec?.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }))
  return (spec?.ingress ?? []).map(({ from, _from, ports }) => ({ peers: from ?? _from, ports }))
}
