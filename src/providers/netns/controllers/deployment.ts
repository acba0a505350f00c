import { EventRecorder } from '../kubelet/event-recorder.ts'
import { type DeploymentObject, keyOf, namespaceOf, type ReplicaSetObject } from '../kubelet/objects.ts'
import type { ControllerContext, StopController } from './controller-context.ts'
import { planRollout } from './deployment-plan.ts'
import { deploymentStatus, msUntilLate } from './deployment-status.ts'
import { controllerName, hashOf, isControlledBy, ownedMetadata } from './pod-template.ts'
import { WorkQueue } from './work-queue.ts'

const hashLabel = 'pod-template-hash'
const revisionAnnotation = 'deployment.kubernetes.io/revision'
const defaultHistoryLimit = 10

/** Runs each Deployment's template by way of ReplicaSets, one per revision of the template. */
export function startDeploymentController({ store, onError }: ControllerContext): StopController {
  const events = new EventRecorder(store, 'deployment-controller')
  const queue = new WorkQueue(reconcile, onError)

  function reconcile(key: string): void {
    const [namespace, name = ''] = key.split('/')
    const deployment = store.get<DeploymentObject>('deployments', namespace, name)
    if (!deployment || deployment.metadata.deletionTimestamp !== undefined) return
    const hash = hashOf(deployment.spec.template)
    const present = ownReplicaSets(deployment)
    if (deployment.spec.paused) {
      const newest = present.at(-1)
      if (newest) writeStatus(deployment, newest, present.slice(0, -1))
      return
    }
    const current =
      present.find(({ metadata }) => metadata.labels?.[hashLabel] === hash) ?? createReplicaSet(deployment, hash)
    const old = present.filter(({ metadata }) => metadata.uid !== current.metadata.uid)
    keepRevision(deployment, current, old)
    for (const [replicaSetName, replicas] of planRollout(deployment, current, old)) {
      scale(deployment, replicaSetName, replicas)
    }
    removeHistory(deployment, old)
    writeStatus(deployment, current, old)
  }

  /** Oldest revision first. */
  function ownReplicaSets(deployment: DeploymentObject): ReplicaSetObject[] {
    return store
      .list<ReplicaSetObject>('replicasets', namespaceOf(deployment))
      .filter((replicaSet) => isControlledBy(replicaSet, deployment))
      .sort((left, right) => revisionOf(left) - revisionOf(right))
  }

  function createReplicaSet(deployment: DeploymentObject, hash: string): ReplicaSetObject {
    const { template, selector, minReadySeconds } = deployment.spec
    const labels = { ...template.metadata?.labels, [hashLabel]: hash }
    return store.create<ReplicaSetObject>('replicasets', {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { ...ownedMetadata(deployment, labels), name: `${deployment.metadata.name}-${hash}` },
      spec: {
        replicas: 0,
        ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    })
  }

  /** The current ReplicaSet has the highest revision, also when it is an old template come back (`kubectl rollout undo`). */
  function keepRevision(
    deployment: DeploymentObject,
    current: ReplicaSetObject,
    old: readonly ReplicaSetObject[],
  ): void {
    const revision = String(Math.max(revisionOf(current), 1, ...old.map((replicaSet) => revisionOf(replicaSet) + 1)))
    const annotate = (draft: ReplicaSetObject | DeploymentObject): void => {
      draft.metadata.annotations = { ...draft.metadata.annotations, [revisionAnnotation]: revision }
    }
    const namespace = namespaceOf(deployment)
    store.modify<ReplicaSetObject>('replicasets', namespace, current.metadata.name, annotate)
    store.modify<DeploymentObject>('deployments', namespace, deployment.metadata.name, annotate)
  }

  function scale(deployment: DeploymentObject, replicaSetName: string, replicas: number): void {
    let before = 0
    store.modify<ReplicaSetObject>('replicasets', namespaceOf(deployment), replicaSetName, (draft) => {
      before = draft.spec.replicas ?? 0
      draft.spec.replicas = replicas
    })
    const direction = replicas > before ? 'up' : 'down'
    const message = `Scaled ${direction} replica set ${replicaSetName} from ${before} to ${replicas}`
    events.record({ about: deployment, reason: 'ScalingReplicaSet', message })
  }

  function removeHistory(deployment: DeploymentObject, old: readonly ReplicaSetObject[]): void {
    const empty = old.filter(({ spec, status }) => spec.replicas === 0 && (status?.replicas ?? 0) === 0)
    const limit = deployment.spec.revisionHistoryLimit ?? defaultHistoryLimit
    for (const { metadata } of empty.slice(0, Math.max(0, empty.length - limit))) {
      store.delete('replicasets', namespaceOf(deployment), metadata.name)
    }
  }

  function writeStatus(
    deployment: DeploymentObject,
    current: ReplicaSetObject,
    old: readonly ReplicaSetObject[],
  ): void {
    const written = store.modify<DeploymentObject>(
      'deployments',
      namespaceOf(deployment),
      deployment.metadata.name,
      (draft) => {
        draft.status = deploymentStatus(deployment, current, old)
      },
    )
    const lateInMs = written && msUntilLate(written)
    if (lateInMs !== undefined) queue.addAfter(keyOf(deployment), lateInMs)
  }

  const unsubscribe = [
    store.subscribe('deployments', ({ type, object }) => {
      if (type !== 'DELETED') queue.add(keyOf(object))
    }),
    store.subscribe('replicasets', ({ object }) => {
      const owner = controllerName(object, 'Deployment')
      if (owner !== undefined) queue.add(`${namespaceOf(object)}/${owner}`)
    }),
  ]
  return () => {
    for (const stop of unsubscribe) stop()
    queue.stop()
  }
}

function revisionOf(replicaSet: ReplicaSetObject): number {
  return Number(replicaSet.metadata.annotations?.[revisionAnnotation] ?? 0)
}
