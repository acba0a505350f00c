import type { DeploymentObject, ReplicaSetObject } from '../kubelet/objects.ts'
import { scaledValue } from './pod-template.ts'

export interface RolloutBounds {
  readonly replicas: number
  readonly maxSurge: number
  readonly maxUnavailable: number
}

/** The bounds of a rolling update; both may not be zero, then one pod may be missing. */
export function rolloutBounds({ spec }: DeploymentObject): RolloutBounds {
  const replicas = spec.replicas ?? 1
  const rolling = spec.strategy?.rollingUpdate
  const maxSurge = scaledValue(rolling?.maxSurge ?? '25%', replicas, 'up')
  const maxUnavailable = Math.min(scaledValue(rolling?.maxUnavailable ?? '25%', replicas, 'down'), replicas)
  return { replicas, maxSurge, maxUnavailable: maxSurge + maxUnavailable === 0 ? 1 : maxUnavailable }
}

const sizeOf = (replicaSet: ReplicaSetObject): number => replicaSet.spec.replicas ?? 0
const availableIn = (replicaSet: ReplicaSetObject): number => replicaSet.status?.availableReplicas ?? 0
const sum = (replicaSets: readonly ReplicaSetObject[], count: (replicaSet: ReplicaSetObject) => number): number =>
  replicaSets.reduce((total, replicaSet) => total + count(replicaSet), 0)

/**
 * The next sizes of a Deployment's ReplicaSets, by name; only those that change.
 * @param current the one of the present template. @param old the others, oldest first.
 */
export function planRollout(
  deployment: DeploymentObject,
  current: ReplicaSetObject,
  old: readonly ReplicaSetObject[],
): ReadonlyMap<string, number> {
  const bounds = rolloutBounds(deployment)
  const sizes = new Map<string, number>()
  if (deployment.spec.strategy?.type === 'Recreate') {
    for (const replicaSet of old) if (sizeOf(replicaSet) > 0) sizes.set(replicaSet.metadata.name, 0)
    const oldIsGone = old.every((replicaSet) => sizeOf(replicaSet) === 0 && (replicaSet.status?.replicas ?? 0) === 0)
    if (oldIsGone && sizeOf(current) !== bounds.replicas) sizes.set(current.metadata.name, bounds.replicas)
    return sizes
  }
  const size = nextSizeOfCurrent(current, old, bounds)
  if (size !== sizeOf(current)) sizes.set(current.metadata.name, size)
  for (const [name, next] of nextSizesOfOld(current, old, bounds)) sizes.set(name, next)
  return sizes
}

function nextSizeOfCurrent(
  current: ReplicaSetObject,
  old: readonly ReplicaSetObject[],
  { replicas, maxSurge }: RolloutBounds,
): number {
  const size = sizeOf(current)
  if (size >= replicas) return replicas
  const room = replicas + maxSurge - size - sum(old, sizeOf)
  return room <= 0 ? size : Math.min(replicas, size + room)
}

/** As the deployment controller does: what is not available goes first, and never more than keeps the minimum available. */
function nextSizesOfOld(
  current: ReplicaSetObject,
  old: readonly ReplicaSetObject[],
  { replicas, maxUnavailable }: RolloutBounds,
): ReadonlyMap<string, number> {
  const sizes = new Map(old.map((replicaSet) => [replicaSet.metadata.name, sizeOf(replicaSet)]))
  const all = [current, ...old]
  const minimum = replicas - maxUnavailable
  let removable = sum(all, sizeOf) - minimum - Math.max(0, sizeOf(current) - availableIn(current))
  const shrink = (replicaSet: ReplicaSetObject, by: number): number => {
    const { name } = replicaSet.metadata
    const size = sizes.get(name) ?? 0
    const less = Math.max(0, Math.min(by, size))
    sizes.set(name, size - less)
    return less
  }
  for (const replicaSet of old) {
    const unavailable = sizeOf(replicaSet) - availableIn(replicaSet)
    removable -= shrink(replicaSet, Math.min(unavailable, removable))
  }
  let spare = Math.min(removable, sum(all, availableIn) - minimum)
  for (const replicaSet of old) spare -= shrink(replicaSet, spare)
  return new Map(
    [...sizes].filter(([name, size]) => size !== sizeOf(old.find((one) => one.metadata.name === name) ?? current)),
  )
}
