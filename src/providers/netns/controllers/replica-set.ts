import { matchesSelector } from '../api/select/label-selector.ts'
import { EventRecorder } from '../kubelet/event-recorder.ts'
import {
  isPodReady,
  isTerminal,
  keyOf,
  namespaceOf,
  type PodObject,
  type ReplicaSetObject,
} from '../kubelet/objects.ts'
import type { ControllerContext, StopController } from './controller-context.ts'
import { controllerName, isControlledBy, msUntilAvailable, podFromTemplate } from './pod-template.ts'
import { WorkQueue } from './work-queue.ts'

/** Keeps the number of pods that each ReplicaSet asks for. */
export function startReplicaSetController({ store, onError }: ControllerContext): StopController {
  const events = new EventRecorder(store, 'replicaset-controller')
  const queue = new WorkQueue(reconcile, onError)

  function reconcile(key: string): void {
    const [namespace, name = ''] = key.split('/')
    const replicaSet = store.get<ReplicaSetObject>('replicasets', namespace, name)
    if (!replicaSet || replicaSet.metadata.deletionTimestamp !== undefined) return
    adoptOrphans(replicaSet)
    const pods = ownPods(replicaSet)
    const difference = (replicaSet.spec.replicas ?? 1) - pods.length
    for (let made = 0; made < difference; made += 1) {
      const pod = store.create<PodObject>('pods', podFromTemplate(replicaSet, replicaSet.spec.template ?? {}))
      events.record({ about: replicaSet, reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata.name}` })
    }
    for (const pod of [...pods].sort(leastMissedFirst).slice(0, Math.max(0, -difference))) {
      store.delete('pods', namespace, pod.metadata.name)
      events.record({ about: replicaSet, reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` })
    }
    writeStatus(replicaSet)
  }

  /** Pods that count: not those that have ended or are on their way out. */
  function ownPods(replicaSet: ReplicaSetObject): PodObject[] {
    return store
      .list<PodObject>('pods', namespaceOf(replicaSet))
      .filter((pod) => isControlledBy(pod, replicaSet) && !pod.metadata.deletionTimestamp && !isTerminal(pod))
  }

  function adoptOrphans(replicaSet: ReplicaSetObject): void {
    for (const pod of store.list<PodObject>('pods', namespaceOf(replicaSet))) {
      if (pod.metadata.ownerReferences?.some(({ controller }) => controller) || pod.metadata.deletionTimestamp) continue
      if (isTerminal(pod) || !matchesSelector(replicaSet.spec.selector, pod.metadata.labels)) continue
      const { apiVersion, kind, metadata } = replicaSet
      store.modify<PodObject>('pods', namespaceOf(pod), pod.metadata.name, (draft) => {
        draft.metadata.ownerReferences = [
          ...(draft.metadata.ownerReferences ?? []),
          { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true },
        ]
      })
    }
  }

  function writeStatus(replicaSet: ReplicaSetObject): void {
    const pods = ownPods(replicaSet)
    const waits = pods.map((pod) => msUntilAvailable(pod, replicaSet.spec.minReadySeconds ?? 0))
    const pending = waits.filter((wait) => wait !== undefined && wait > 0) as number[]
    if (pending.length > 0) queue.addAfter(keyOf(replicaSet), Math.min(...pending) + 1)
    const templateLabels = replicaSet.spec.template?.metadata?.labels ?? {}
    store.modify<ReplicaSetObject>('replicasets', namespaceOf(replicaSet), replicaSet.metadata.name, (draft) => {
      draft.status = {
        ...draft.status,
        replicas: pods.length,
        fullyLabeledReplicas: pods.filter(({ metadata }) =>
          matchesSelector({ matchLabels: templateLabels }, metadata.labels),
        ).length,
        readyReplicas: pods.filter(isPodReady).length,
        availableReplicas: waits.filter((wait) => wait === 0).length,
        observedGeneration: replicaSet.metadata.generation ?? 1,
      }
    })
  }

  const unsubscribe = [
    store.subscribe('replicasets', ({ type, object }) => {
      if (type !== 'DELETED') queue.add(keyOf(object))
    }),
    store.subscribe<PodObject>('pods', ({ object }) => {
      const owner = controllerName(object, 'ReplicaSet')
      if (owner !== undefined) queue.add(`${namespaceOf(object)}/${owner}`)
    }),
  ]
  return () => {
    for (const stop of unsubscribe) stop()
    queue.stop()
  }
}

/** Not bound before bound, not ready before ready, younger before older. */
function leastMissedFirst(left: PodObject, right: PodObject): number {
  const rank = (pod: PodObject): number => (pod.spec.nodeName ? 1 : 0) + (isPodReady(pod) ? 2 : 0)
  if (rank(left) !== rank(right)) return rank(left) - rank(right)
  return left.metadata.creationTimestamp < right.metadata.creationTimestamp ? 1 : -1
}
