import type { V1ContainerStatus } from '@kubernetes/client-node'
import type { Wire } from '../wire.ts'
import { ageSince, humanDuration } from './ages.ts'
import type { Cell } from './definition.ts'
import type { Pod } from './pod.ts'
import { podReason } from './pod-reason.ts'

/** A pod's row of `kubectl get` (printPod of k8s.io/kubernetes/pkg/printers/internalversion). */
export function podCells(pod: Pod, nowMs: number): Cell[] {
  const statuses = pod.status?.containerStatuses ?? []
  const ready = statuses.filter((status) => status.ready && status.state?.running !== undefined).length
  const restarts = restartsOf(pod, statuses)
  const gates = pod.spec.readinessGates ?? []
  const open = gates.filter((gate) =>
    pod.status?.conditions?.some((condition) => condition.type === gate.conditionType && condition.status === 'True'),
  ).length
  return [
    pod.metadata.name,
    `${ready}/${pod.spec.containers.length}`,
    podReason(pod),
    formatRestarts(restarts, nowMs),
    ageSince(pod.metadata.creationTimestamp, nowMs),
    pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? '<none>',
    pod.spec.nodeName || '<none>',
    pod.status?.nominatedNodeName || '<none>',
    gates.length === 0 ? '<none>' : `${open}/${gates.length}`,
  ]
}

function restartsOf(pod: Pod, statuses: readonly Wire<V1ContainerStatus>[]): readonly Wire<V1ContainerStatus>[] {
  const isInitializing = statuses.every((status) => status.state?.waiting?.reason === 'PodInitializing')
  const initial = pod.status?.initContainerStatuses ?? []
  return isInitializing && initial.length > 0 ? initial : statuses
}

function formatRestarts(statuses: readonly Wire<V1ContainerStatus>[], nowMs: number): string {
  const count = statuses.reduce((sum, status) => sum + (status.restartCount ?? 0), 0)
  const ends = statuses.flatMap((status) => {
    const end = status.lastState?.terminated?.finishedAt
    return end === undefined ? [] : [Date.parse(end)]
  })
  return count === 0 || ends.length === 0 ? String(count) : `${count} (${humanDuration(nowMs - Math.max(...ends))} ago)`
}
