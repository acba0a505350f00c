import type { V1LabelSelector, V1NetworkPolicyPeer, V1NetworkPolicyPort } from '@kubernetes/client-node'
import type { PolicyObject } from '../../oracle/objects.ts'
import type { Labels, PolicyState } from '../conformance-case.ts'

/**
 * Every state that is one part smaller: without a policy, a rule, a peer, a port, an exception, a label or an expression of a
 * selector, or a label of an object. Big parts come first, whole lists of them before that.
 */
export function smallerStates(state: PolicyState): PolicyState[] {
  const { policies, namespaceLabels = {}, podLabels = {} } = state
  return [
    ...(policies.length > 2 ? policies.map((policy) => ({ ...state, policies: [policy] })) : []),
    ...(hasLabels(podLabels) ? [{ ...state, podLabels: {} }] : []),
    ...(hasLabels(namespaceLabels) ? [{ ...state, namespaceLabels: {} }] : []),
    ...without(policies).map((fewer) => ({ ...state, policies: fewer })),
    ...changed(policies, smallerPolicies).map((other) => ({ ...state, policies: other })),
    ...fewerLabels(namespaceLabels).map((labels) => ({ ...state, namespaceLabels: labels })),
    ...fewerLabels(podLabels).map((labels) => ({ ...state, podLabels: labels })),
  ]
}

function hasLabels(labels: Readonly<Record<string, Labels>>): boolean {
  return Object.values(labels).some((own) => Object.keys(own).length > 0)
}

type Peer = Pick<V1NetworkPolicyPeer, 'ipBlock' | 'podSelector' | 'namespaceSelector'>

interface Rule {
  readonly from?: readonly Peer[]
  readonly to?: readonly Peer[]
  readonly ports?: readonly V1NetworkPolicyPort[]
}

function smallerPolicies(policy: PolicyObject): PolicyObject[] {
  const { spec = {} } = policy
  const withSpec = (change: object): PolicyObject => ({ ...policy, spec: { ...spec, ...change } })
  return [
    ...(['ingress', 'egress'] as const).flatMap((direction) => {
      const rules: readonly Rule[] | undefined = spec[direction]
      if (rules === undefined) return []
      const fewer = [...without(rules), ...changed(rules, smallerRules)]
      return [
        ...(rules.length === 0 ? [omit(withSpec({}), direction)] : []),
        ...fewer.map((each) => withSpec({ [direction]: each })),
      ]
    }),
    ...smallerSelectors(spec.podSelector ?? {}).map((podSelector) => withSpec({ podSelector })),
    ...(spec.policyTypes?.length === 2
      ? without(spec.policyTypes).map((policyTypes) => withSpec({ policyTypes }))
      : []),
  ]
}

function omit(policy: PolicyObject, direction: 'ingress' | 'egress'): PolicyObject {
  const { [direction]: _, ...spec } = policy.spec ?? {}
  return { ...policy, spec }
}

function smallerRules(rule: Rule): Rule[] {
  return (['from', 'to', 'ports'] as const).flatMap((list) => {
    const items: readonly object[] | undefined = rule[list]
    if (items === undefined) return []
    // The last one goes with its list: an empty list means the same as none.
    const { [list]: _, ...bare } = rule
    const fewer = items.length <= 1 ? [bare] : without(items).map((each) => ({ ...rule, [list]: each }))
    const smaller = list === 'ports' ? [] : changed(items, (peer: Peer) => smallerPeers(peer))
    return [...fewer, ...smaller.map((each) => ({ ...rule, [list]: each }))] as Rule[]
  })
}

function smallerPeers(peer: Peer): Peer[] {
  const { ipBlock, podSelector, namespaceSelector } = peer
  if (ipBlock !== undefined) {
    const { cidr, except = [] } = ipBlock
    return without(except).map((each) => ({ ipBlock: { cidr, ...(each.length > 0 && { except: each }) } }))
  }
  return [
    ...(podSelector && namespaceSelector ? [{ podSelector }, { namespaceSelector }] : []),
    ...smallerSelectors(podSelector ?? {}).map((each) => ({ ...peer, podSelector: each })),
    ...smallerSelectors(namespaceSelector ?? {}).map((each) => ({ ...peer, namespaceSelector: each })),
  ]
}

function smallerSelectors({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector): V1LabelSelector[] {
  const make = (labels: Labels, expressions: typeof matchExpressions): V1LabelSelector => ({
    ...(Object.keys(labels).length > 0 && { matchLabels: { ...labels } }),
    ...(expressions.length > 0 && { matchExpressions: expressions }),
  })
  return [
    ...without(Object.entries(matchLabels)).map((labels) => make(Object.fromEntries(labels), matchExpressions)),
    ...without(matchExpressions).map((expressions) => make(matchLabels, expressions)),
  ]
}

function fewerLabels(labels: Readonly<Record<string, Labels>>): Readonly<Record<string, Labels>>[] {
  return Object.entries(labels).flatMap(([name, own]) =>
    without(Object.entries(own)).map((fewer) => ({ ...labels, [name]: Object.fromEntries(fewer) })),
  )
}

/** The list without each of its items in turn. */
function without<T>(items: readonly T[]): T[][] {
  return items.map((_, at) => items.filter((__, other) => other !== at))
}

/** The list with each of its items in turn in a smaller form. */
function changed<T>(items: readonly T[], smaller: (item: T) => readonly T[]): T[][] {
  return items.flatMap((item, at) =>
    smaller(item).map((each) => items.map((other, index) => (index === at ? each : other))),
  )
}
