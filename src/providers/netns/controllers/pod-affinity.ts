import type { V1PodAffinityTerm } from '@kubernetes/client-node'
import { matchesSelector } from '../api/select/label-selector.ts'
import { type NodeObject, namespaceOf, type PodObject } from '../kubelet/objects.ts'

type NodesByName = ReadonlyMap<string, NodeObject>

/** What the scheduler knows about pods that are placed. */
export interface Placement {
  readonly nodes: NodesByName
  readonly pods: readonly PodObject[]
}

/** The required terms of podAffinity and podAntiAffinity. Returns why the node does not do, in the scheduler's words. */
export function podAffinityProblem(pod: PodObject, node: NodeObject, placement: Placement): string | undefined {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {}
  const wanted = podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  const avoided = podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  if (avoided.some((term) => hasMatch(term, pod, node, placement)))
    return "node(s) didn't match pod anti-affinity rules"
  if (wanted.every((term) => hasMatch(term, pod, node, placement) || isFirstOfItsKind(term, pod, placement)))
    return undefined
  return "node(s) didn't match pod affinity rules"
}

function hasMatch(term: V1PodAffinityTerm, pod: PodObject, node: NodeObject, { nodes, pods }: Placement): boolean {
  const domain = node.metadata.labels?.[term.topologyKey]
  if (domain === undefined) return false
  return pods.some(
    (other) =>
      nodes.get(other.spec.nodeName ?? '')?.metadata.labels?.[term.topologyKey] === domain && selects(term, pod, other),
  )
}

/** A pod that must be near its own kind may be the first of it. */
function isFirstOfItsKind(term: V1PodAffinityTerm, pod: PodObject, { pods }: Placement): boolean {
  return selects(term, pod, pod) && !pods.some((other) => selects(term, pod, other))
}

function selects(term: V1PodAffinityTerm, pod: PodObject, other: PodObject): boolean {
  // A namespaceSelector is read as "every namespace": namespaces' labels play no part here.
  const namespaces = term.namespaces?.length ? term.namespaces : [namespaceOf(pod)]
  const isInScope = term.namespaceSelector !== undefined || namespaces.includes(namespaceOf(other))
  return isInScope && matchesSelector(term.labelSelector, other.metadata.labels)
}
