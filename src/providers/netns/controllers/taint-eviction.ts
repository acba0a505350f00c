import { EventRecorder } from '../kubelet/event-recorder.ts'
import { keyOf, type NodeObject, namespaceOf, type PodObject } from '../kubelet/objects.ts'
import type { ControllerContext, StopController } from './controller-context.ts'
import { tolerates, untoleratedTaint } from './node-predicates.ts'
import { WorkQueue } from './work-queue.ts'

/** Deletes pods from nodes with a `NoExecute` taint: at once, or when the `tolerationSeconds` of what tolerates it are over. */
export function startTaintEviction({ store, onError }: ControllerContext): StopController {
  const events = new EventRecorder(store, 'taint-eviction-controller')
  /** Pods that may stay for a while, and until when. */
  const deadlines = new Map<string, number>()
  const queue = new WorkQueue(reconcile, onError)

  function reconcile(nodeName: string): void {
    const node = store.get<NodeObject>('nodes', undefined, nodeName)
    if (!node) return
    const isTainted = node.spec.taints?.some(({ effect }) => effect === 'NoExecute') ?? false
    for (const pod of store.list<PodObject>('pods')) {
      if (pod.spec.nodeName !== nodeName || pod.metadata.deletionTimestamp !== undefined) continue
      const waitMs = isTainted ? msUntilEviction(pod, node) : undefined
      if (waitMs === undefined) deadlines.delete(pod.metadata.uid)
      else if (waitMs > 0) queue.addAfter(nodeName, waitMs)
      else evict(pod)
    }
  }

  /** Undefined: it tolerates all taints for ever. */
  function msUntilEviction(pod: PodObject, node: NodeObject): number | undefined {
    if (untoleratedTaint(pod.spec, node, ['NoExecute'])) return 0
    const seconds = secondsTolerated(pod, node)
    if (seconds === undefined) return undefined
    const deadline = deadlines.get(pod.metadata.uid) ?? Date.now() + seconds * 1000
    deadlines.set(pod.metadata.uid, deadline)
    return Math.max(0, deadline - Date.now())
  }

  function evict(pod: PodObject): void {
    deadlines.delete(pod.metadata.uid)
    events.record({ about: pod, reason: 'TaintManagerEviction', message: `Marking for deletion Pod ${keyOf(pod)}` })
    store.delete('pods', namespaceOf(pod), pod.metadata.name)
  }

  const unsubscribe = [
    store.subscribe('nodes', ({ type, object }) => {
      if (type !== 'DELETED') queue.add(object.metadata.name)
    }),
    store.subscribe<PodObject>('pods', ({ type, object }) => {
      if (type === 'DELETED') deadlines.delete(object.metadata.uid)
      else if (object.spec.nodeName && hasNoExecuteTaint(object.spec.nodeName)) queue.add(object.spec.nodeName)
    }),
  ]
  function hasNoExecuteTaint(nodeName: string): boolean {
    const node = store.get<NodeObject>('nodes', undefined, nodeName)
    return node?.spec.taints?.some(({ effect }) => effect === 'NoExecute') ?? false
  }
  return () => {
    for (const stop of unsubscribe) stop()
    queue.stop()
  }
}

/** The shortest `tolerationSeconds` among the tolerations that count for each of the node's NoExecute taints. */
function secondsTolerated({ spec }: PodObject, node: NodeObject): number | undefined {
  const seconds = (node.spec.taints ?? [])
    .filter(({ effect }) => effect === 'NoExecute')
    .flatMap((taint) => (spec.tolerations ?? []).filter((toleration) => tolerates([toleration], taint)))
    .flatMap(({ tolerationSeconds }) => tolerationSeconds ?? [])
  return seconds.length === 0 ? undefined : Math.max(0, Math.min(...seconds))
}
