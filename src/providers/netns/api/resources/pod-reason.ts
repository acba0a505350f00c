import type { V1ContainerStatus } from '@kubernetes/client-node'
import type { Wire } from '../wire.ts'
import type { Pod } from './pod.ts'

type ContainerStatus = Wire<V1ContainerStatus>

/** The STATUS column of a pod: `Running`, `Init:0/1`, `CrashLoopBackOff`, `Completed`, `Terminating`, … */
export function podReason(pod: Pod): string {
  const reason = initReason(pod) ?? mainReason(pod)
  if (pod.metadata.deletionTimestamp === undefined) return reason
  if (pod.status?.reason === 'NodeLost') return 'Unknown'
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed' ? reason : 'Terminating'
}

function initReason(pod: Pod): string | undefined {
  const containers = pod.spec.initContainers ?? []
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const { terminated, waiting } = status.state ?? {}
    if (terminated?.exitCode === 0) continue
    const isSidecar = containers.find(({ name }) => name === status.name)?.restartPolicy === 'Always'
    if (isSidecar && status.started === true) continue
    if (terminated !== undefined) return `Init:${terminated.reason || exitText(terminated)}`
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`
    return `Init:${index}/${containers.length}`
  }
  return undefined
}

function mainReason(pod: Pod): string {
  const statuses = pod.status?.containerStatuses ?? []
  let reason = pod.status?.reason || pod.status?.phase || ''
  if (pod.status?.conditions?.some(({ type, reason: why }) => type === 'PodScheduled' && why === 'SchedulingGated')) {
    reason = 'SchedulingGated'
  }
  for (const status of statuses.toReversed()) reason = containerReason(status) ?? reason
  const isAnyRunning = statuses.some((status) => status.ready && status.state?.running !== undefined)
  if (reason !== 'Completed' || !isAnyRunning) return reason
  const isReady = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
  return isReady ? 'Running' : 'NotReady'
}

function containerReason({ state }: ContainerStatus): string | undefined {
  if (state?.waiting?.reason) return state.waiting.reason
  if (state?.terminated === undefined) return undefined
  return state.terminated.reason || exitText(state.terminated)
}

function exitText({ signal, exitCode }: { signal?: number; exitCode: number }): string {
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`
}
