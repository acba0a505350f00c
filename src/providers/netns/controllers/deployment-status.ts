import type { V1DeploymentCondition } from '@kubernetes/client-node'
import type { Wire } from '../api/wire.ts'
import { type DeploymentObject, kubeTime, type ReplicaSetObject } from '../kubelet/objects.ts'
import { rolloutBounds } from './deployment-plan.ts'

type Condition = Wire<V1DeploymentCondition>
type DeploymentStatus = NonNullable<DeploymentObject['status']>

const defaultProgressDeadlineSeconds = 600

/** A Deployment's status for its ReplicaSets, as `kubectl rollout status` and `kubectl wait --for=condition=…` read it. */
export function deploymentStatus(
  deployment: DeploymentObject,
  current: ReplicaSetObject,
  old: readonly ReplicaSetObject[],
  nowMs: number = Date.now(),
): DeploymentStatus {
  const all = [current, ...old]
  const total = (count: 'replicas' | 'readyReplicas' | 'availableReplicas'): number =>
    all.reduce((sum, { status }) => sum + (status?.[count] ?? 0), 0)
  const replicas = total('replicas')
  const available = total('availableReplicas')
  const updated = current.status?.replicas ?? 0
  const wanted = deployment.spec.replicas ?? 1
  const counts = { replicas, updated, available, wanted }
  const { conditions: _conditions, ...kept } = deployment.status ?? {}
  return {
    ...kept,
    observedGeneration: deployment.metadata.generation ?? 1,
    replicas,
    updatedReplicas: updated,
    readyReplicas: total('readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, Math.max(wanted, replicas) - available),
    conditions: [availability(deployment, available), progress(deployment, current, counts, nowMs)],
  }
}

function availability(deployment: DeploymentObject, available: number): Condition {
  const { replicas, maxUnavailable } = rolloutBounds(deployment)
  return available >= replicas - maxUnavailable
    ? stamp(deployment, {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      })
    : stamp(deployment, {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      })
}

function progress(
  deployment: DeploymentObject,
  current: ReplicaSetObject,
  { replicas, updated, available, wanted }: { replicas: number; updated: number; available: number; wanted: number },
  nowMs: number,
): Condition {
  const title = `ReplicaSet "${current.metadata.name}"`
  if (updated === wanted && replicas === wanted && available === wanted) {
    const message = `${title} has successfully progressed.`
    return stamp(deployment, { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message })
  }
  const before = deployment.status?.conditions?.find(({ type }) => type === 'Progressing')
  const hasMoved =
    updated !== (deployment.status?.updatedReplicas ?? 0) ||
    available !== (deployment.status?.availableReplicas ?? 0) ||
    replicas !== (deployment.status?.replicas ?? 0)
  const deadlineMs = (deployment.spec.progressDeadlineSeconds ?? defaultProgressDeadlineSeconds) * 1000
  const isLate =
    !hasMoved && before?.lastUpdateTime !== undefined && nowMs > Date.parse(before.lastUpdateTime) + deadlineMs
  if (isLate && before.reason !== 'NewReplicaSetAvailable') {
    const message = `${title} has timed out progressing.`
    return stamp(deployment, { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message })
  }
  return stamp(
    deployment,
    { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message: `${title} is progressing.` },
    hasMoved,
  )
}

/** Keeps the times of a condition that says what it said before. */
function stamp(
  deployment: DeploymentObject,
  condition: Omit<Condition, 'lastUpdateTime' | 'lastTransitionTime'>,
  isNews = false,
): Condition {
  const before = deployment.status?.conditions?.find(({ type }) => type === condition.type)
  const now = kubeTime()
  const sameStatus = before?.status === condition.status
  const sameText = sameStatus && before.reason === condition.reason && before.message === condition.message
  return {
    ...condition,
    lastUpdateTime: sameText && !isNews ? (before.lastUpdateTime ?? now) : now,
    lastTransitionTime: sameStatus ? (before.lastTransitionTime ?? now) : now,
  }
}

/** When a rollout that does not move is late; undefined when it is complete. */
export function msUntilLate(deployment: DeploymentObject, nowMs: number = Date.now()): number | undefined {
  const condition = deployment.status?.conditions?.find(({ type }) => type === 'Progressing')
  if (condition?.reason !== 'ReplicaSetUpdated' || condition.lastUpdateTime === undefined) return undefined
  const deadlineMs = (deployment.spec.progressDeadlineSeconds ?? defaultProgressDeadlineSeconds) * 1000
  return Math.max(0, Date.parse(condition.lastUpdateTime) + deadlineMs - nowMs) + 1000
}
