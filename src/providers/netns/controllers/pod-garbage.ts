import { EventRecorder } from '../kubelet/event-recorder.ts'
import { keyOf, namespaceOf, type PodObject } from '../kubelet/objects.ts'
import type { ControllerContext, StopController } from './controller-context.ts'

/** Takes the pods of a node away when its Node object is deleted: there may be no kubelet to end them. */
export function startPodGarbageCollection({ store }: ControllerContext): StopController {
  const events = new EventRecorder(store, 'pod-garbage-collector')
  return store.subscribe('nodes', ({ type, object }) => {
    if (type !== 'DELETED') return
    for (const pod of store.list<PodObject>('pods')) {
      if (pod.spec.nodeName !== object.metadata.name) continue
      const message = `PodGC: node ${object.metadata.name} no longer exists: ${keyOf(pod)}`
      events.record({ about: pod, reason: 'DeletionByPodGC', message })
      store.delete('pods', namespaceOf(pod), pod.metadata.name, 0)
    }
  })
}
