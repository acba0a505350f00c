import type { DaemonSetObject, NodeObject, PodObject, PodSpec } from '../kubelet/objects.ts'
import { matchesNodeAffinity, untoleratedTaint } from './node-predicates.ts'
import { msUntilAvailable, scaledValue } from './pod-template.ts'

export const revisionLabel = 'controller-revision-hash'

type PodsByNode = ReadonlyMap<string, readonly PodObject[]>

export interface DaemonSetPlan {
  /** Nodes that need a pod. */
  readonly create: readonly string[]
  readonly remove: readonly PodObject[]
}

/** The tolerations that the controller adds to every pod of a DaemonSet (`network-unavailable` on the host network only). */
export function daemonTolerations(spec: PodSpec): NonNullable<PodSpec['tolerations']> {
  const tolerate = (name: string, effect: string) => ({ key: `node.kubernetes.io/${name}`, operator: 'Exists', effect })
  return [
    tolerate('not-ready', 'NoExecute'),
    tolerate('unreachable', 'NoExecute'),
    tolerate('disk-pressure', 'NoSchedule'),
    tolerate('memory-pressure', 'NoSchedule'),
    tolerate('pid-pressure', 'NoSchedule'),
    tolerate('unschedulable', 'NoSchedule'),
    ...(spec.hostNetwork ? [tolerate('network-unavailable', 'NoSchedule')] : []),
  ]
}

export interface NodeDecision {
  readonly shouldRun: boolean
  /** A pod that is already there may stay: only a NoExecute taint makes it go. */
  readonly shouldContinue: boolean
}

/** Whether a node gets a pod of the DaemonSet, as `NodeShouldRunDaemonPod` decides. */
export function decideNode(templateSpec: PodSpec, node: NodeObject): NodeDecision {
  if (templateSpec.nodeName && templateSpec.nodeName !== node.metadata.name) {
    return { shouldRun: false, shouldContinue: false }
  }
  const spec = {
    ...templateSpec,
    tolerations: [...(templateSpec.tolerations ?? []), ...daemonTolerations(templateSpec)],
  }
  if (!matchesNodeAffinity(spec, node)) return { shouldRun: false, shouldContinue: false }
  return {
    shouldRun: untoleratedTaint(spec, node) === undefined,
    shouldContinue: untoleratedTaint(spec, node, ['NoExecute']) === undefined,
  }
}

/** The node a pod of a DaemonSet is meant for, bound or not. */
export function targetNode(pod: PodObject): string | undefined {
  if (pod.spec.nodeName) return pod.spec.nodeName
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  for (const { matchFields = [] } of required?.nodeSelectorTerms ?? []) {
    const field = matchFields.find(({ key, operator }) => key === 'metadata.name' && operator === 'In')
    if (field?.values?.[0]) return field.values[0]
  }
  return undefined
}

export function groupByNode(pods: readonly PodObject[]): PodsByNode {
  const groups = new Map<string, PodObject[]>()
  for (const pod of pods) {
    const node = targetNode(pod)
    if (node === undefined) continue
    const group = groups.get(node)
    if (group) group.push(pod)
    else groups.set(node, [pod])
  }
  return groups
}

/** What to create and remove next, for the nodes as they are and, by the update strategy, for the template's revision. */
export function planDaemonSet(
  daemonSet: DaemonSetObject,
  nodes: readonly NodeObject[],
  podsByNode: PodsByNode,
  revision: string,
): DaemonSetPlan {
  const create: string[] = []
  const remove: PodObject[] = []
  const nodeNames = new Set(nodes.map(({ metadata: { name } }) => name))
  for (const [name, pods] of podsByNode) if (!nodeNames.has(name)) remove.push(...pods.filter(isStaying))
  const wanted: string[] = []
  for (const node of nodes) {
    const { name } = node.metadata
    const pods = podsByNode.get(name) ?? []
    const { shouldRun, shouldContinue } = decideNode(daemonSet.spec.template.spec ?? { containers: [] }, node)
    if (shouldRun) wanted.push(name)
    if (shouldRun && pods.length === 0) create.push(name)
    else if (!shouldContinue) remove.push(...pods.filter(isStaying))
    else remove.push(...superfluous(pods, revision))
  }
  if (daemonSet.spec.updateStrategy?.type === 'OnDelete') return { create, remove }
  const update = planUpdate(daemonSet, wanted, podsByNode, revision)
  return { create: [...create, ...update.create], remove: [...remove, ...update.remove] }
}

function isStaying(pod: PodObject): boolean {
  return pod.metadata.deletionTimestamp === undefined
}

/** Failed pods, to be made anew; and all but the oldest of one revision on one node. */
function superfluous(pods: readonly PodObject[], revision: string): PodObject[] {
  const staying = pods.filter(isStaying)
  const finished = staying.filter(({ status }) => status?.phase === 'Failed' || status?.phase === 'Succeeded')
  const alive = staying.filter((pod) => !finished.includes(pod)).sort(byAge)
  const isCurrent = (pod: PodObject): boolean => pod.metadata.labels?.[revisionLabel] === revision
  const extra = [alive.filter(isCurrent), alive.filter((pod) => !isCurrent(pod))].flatMap((group) => group.slice(1))
  return [...finished, ...extra]
}

function byAge(left: PodObject, right: PodObject): number {
  const [a, b] = [left.metadata, right.metadata]
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp < b.creationTimestamp ? -1 : 1
  return Number(a.resourceVersion) - Number(b.resourceVersion)
}

function planUpdate(
  daemonSet: DaemonSetObject,
  wanted: readonly string[],
  podsByNode: PodsByNode,
  revision: string,
): DaemonSetPlan {
  const rolling = daemonSet.spec.updateStrategy?.rollingUpdate
  const maxSurge = scaledValue(rolling?.maxSurge, wanted.length, 'up')
  const maxUnavailable = maxSurge > 0 ? 0 : Math.max(1, scaledValue(rolling?.maxUnavailable ?? 1, wanted.length, 'up'))
  const minReadySeconds = daemonSet.spec.minReadySeconds ?? 0
  const isAvailable = (pod: PodObject): boolean => msUntilAvailable(pod, minReadySeconds) === 0
  const create: string[] = []
  const remove: PodObject[] = []
  const available: PodObject[] = []
  let surging = 0
  let unavailable = 0
  for (const name of wanted) {
    const pods = podsByNode.get(name) ?? []
    const current = pods.find((pod) => pod.metadata.labels?.[revisionLabel] === revision)
    const old = pods.find((pod) => isStaying(pod) && pod.metadata.labels?.[revisionLabel] !== revision)
    if (!pods.some(isAvailable)) unavailable += 1
    if (old && current) {
      if (isAvailable(current)) remove.push(old)
      else if (maxSurge > 0) surging += 1
    } else if (old) {
      // What does not work anyway may go at once.
      if (isAvailable(old)) available.push(old)
      else remove.push(old)
    }
  }
  if (maxSurge > 0)
    create.push(...available.slice(0, Math.max(0, maxSurge - surging)).flatMap((pod) => targetNode(pod) ?? []))
  else remove.push(...available.slice(0, Math.max(0, maxUnavailable - unavailable)))
  return { create, remove }
}
