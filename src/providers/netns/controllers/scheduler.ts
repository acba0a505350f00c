import { EventRecorder } from '../kubelet/event-recorder.ts'
import {
  isTerminal,
  keyOf,
  kubeTime,
  type NodeObject,
  namespaceOf,
  type PodCondition,
  type PodObject,
} from '../kubelet/objects.ts'
import type { ControllerContext, StopController } from './controller-context.ts'
import { placePod } from './place-pod.ts'
import { WorkQueue } from './work-queue.ts'

const schedulerName = 'default-scheduler'

/** Binds pods to nodes. What fits nowhere is looked at again when a node or another pod changes. */
export function startScheduler({ store, onError }: ControllerContext): StopController {
  const events = new EventRecorder(store, schedulerName)
  const unbound = new Set<string>()
  const queue = new WorkQueue(scheduleAll, onError)

  function scheduleAll(): void {
    if (unbound.size === 0) return
    const nodes = new Map(store.list<NodeObject>('nodes').map((node) => [node.metadata.name, node]))
    const placed = store.list<PodObject>('pods').filter((pod) => pod.spec.nodeName && !isTerminal(pod))
    for (const key of unbound) {
      const [namespace, name = ''] = key.split('/')
      const pod = store.get<PodObject>('pods', namespace, name)
      if (!pod || pod.spec.nodeName || pod.metadata.deletionTimestamp || pod.spec.schedulingGates?.length) continue
      const { nodeName, problem } = placePod(pod, { nodes, pods: placed })
      if (nodeName === undefined) reject(pod, problem)
      else {
        const bound = bind(pod, nodeName)
        if (bound) placed.push(bound)
      }
    }
  }

  function bind(pod: PodObject, nodeName: string): PodObject | undefined {
    const bound = store.modify<PodObject>('pods', namespaceOf(pod), pod.metadata.name, (draft) => {
      draft.spec.nodeName = nodeName
      setScheduled(draft, { type: 'PodScheduled', status: 'True' })
    })
    events.record({ about: pod, reason: 'Scheduled', message: `Successfully assigned ${keyOf(pod)} to ${nodeName}` })
    return bound
  }

  function reject(pod: PodObject, message: string): void {
    const before = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
    if (before?.status === 'False' && before.message === message) return
    store.modify<PodObject>('pods', namespaceOf(pod), pod.metadata.name, (draft) =>
      setScheduled(draft, { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }),
    )
    events.record({ about: pod, type: 'Warning', reason: 'FailedScheduling', message })
  }

  const unsubscribe = [
    store.subscribe<PodObject>('pods', ({ type, object }) => {
      const isOurs = (object.spec.schedulerName ?? schedulerName) === schedulerName
      if (type !== 'DELETED' && !object.spec.nodeName && isOurs) unbound.add(keyOf(object))
      else unbound.delete(keyOf(object))
      if (unbound.size > 0) queue.add('all')
    }),
    store.subscribe('nodes', () => {
      if (unbound.size > 0) queue.add('all')
    }),
  ]
  return () => {
    for (const stop of unsubscribe) stop()
    queue.stop()
  }
}

function setScheduled(draft: PodObject, condition: Omit<PodCondition, 'lastTransitionTime'>): void {
  const others = draft.status?.conditions?.filter(({ type }) => type !== 'PodScheduled') ?? []
  const before = draft.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  const lastTransitionTime =
    before?.status === condition.status && before.lastTransitionTime ? before.lastTransitionTime : kubeTime()
  draft.status = {
    ...draft.status,
    phase: draft.status?.phase ?? 'Pending',
    conditions: [...others, { ...condition, lastTransitionTime }],
  }
}
