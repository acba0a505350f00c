import type { NodeObject, PodObject } from '../kubelet/objects.ts'
import { isCordonedFor, matchesNodeAffinity, untoleratedTaint } from './node-predicates.ts'
import { type Placement, podAffinityProblem } from './pod-affinity.ts'

export type PlacementDecision =
  | { readonly nodeName: string; readonly problem?: never }
  | { readonly problem: string; readonly nodeName?: never }

/** Chooses the node with the fewest pods of the same owner, then the fewest pods, among those that the pod fits on. */
export function placePod(pod: PodObject, placement: Placement): PlacementDecision {
  const reasons = new Map<string, number>()
  const fitting: NodeObject[] = []
  for (const node of placement.nodes.values()) {
    const problem = problemOfNode(pod, node, placement)
    if (problem === undefined) fitting.push(node)
    else reasons.set(problem, (reasons.get(problem) ?? 0) + 1)
  }
  if (fitting.length === 0) return { problem: explain(placement.nodes.size, reasons) }
  const owner = controllerUid(pod)
  const cost = ({ metadata: { name } }: NodeObject): number => {
    const onNode = placement.pods.filter(({ spec }) => spec.nodeName === name)
    const ofOwner = owner === undefined ? 0 : onNode.filter((other) => controllerUid(other) === owner).length
    return ofOwner * 1_000_000 + onNode.length
  }
  const [best] = fitting.map((node) => ({ node, cost: cost(node) })).sort((left, right) => left.cost - right.cost)
  return { nodeName: best?.node.metadata.name ?? '' }
}

function controllerUid(pod: PodObject): string | undefined {
  return pod.metadata.ownerReferences?.find(({ controller }) => controller)?.uid
}

function problemOfNode(pod: PodObject, node: NodeObject, placement: Placement): string | undefined {
  if (isCordonedFor(pod.spec, node)) return 'node(s) were unschedulable'
  const taint = untoleratedTaint(pod.spec, node)
  if (taint) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`
  if (!matchesNodeAffinity(pod.spec, node)) return "node(s) didn't match Pod's node affinity/selector"
  const onNode = placement.pods.filter(({ spec }) => spec.nodeName === node.metadata.name)
  if (onNode.length >= Number(node.status?.allocatable?.pods ?? Number.POSITIVE_INFINITY)) return 'Too many pods'
  const taken = new Set(onNode.flatMap(hostPorts))
  if (hostPorts(pod).some((port) => taken.has(port)))
    return "node(s) didn't have free ports for the requested pod ports"
  return podAffinityProblem(pod, node, placement)
}

function hostPorts(pod: PodObject): string[] {
  return pod.spec.containers.flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, containerPort, protocol = 'TCP' }) => {
      const port = hostPort ?? (pod.spec.hostNetwork ? containerPort : undefined)
      return port ? [`${protocol}/${port}`] : []
    }),
  )
}

/** As kube-scheduler words it: `0/3 nodes are available: 1 node(s) …, 2 node(s) …. preemption: …`. */
function explain(nodeCount: number, reasons: ReadonlyMap<string, number>): string {
  if (nodeCount === 0) return 'no nodes available to schedule pods'
  const list = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort()
  const preemption = `preemption: 0/${nodeCount} nodes are available: ${nodeCount} Preemption is not helpful for scheduling.`
  return `0/${nodeCount} nodes are available: ${list.join(', ')}. ${preemption}`
}
