import { EventRecorder } from '../kubelet/event-recorder.ts'
import {
  type DaemonSetObject,
  isPodReady,
  keyOf,
  type NodeObject,
  namespaceOf,
  type PodObject,
  type PodSpec,
} from '../kubelet/objects.ts'
import type { ControllerContext, StopController } from './controller-context.ts'
import { recordRevision } from './daemon-set-history.ts'
import { daemonTolerations, decideNode, groupByNode, planDaemonSet, revisionLabel } from './daemon-set-plan.ts'
import { controllerName, hashOf, isControlledBy, msUntilAvailable, podFromTemplate } from './pod-template.ts'
import { WorkQueue } from './work-queue.ts'

/** Keeps one pod of each DaemonSet on every node that it selects. */
export function startDaemonSetController({ store, onError }: ControllerContext): StopController {
  const events = new EventRecorder(store, 'daemonset-controller')
  const queue = new WorkQueue(reconcile, onError)

  function reconcile(key: string): void {
    const [namespace, name = ''] = key.split('/')
    const daemonSet = store.get<DaemonSetObject>('daemonsets', namespace, name)
    if (!daemonSet || daemonSet.metadata.deletionTimestamp !== undefined) return
    const nodes = store.list<NodeObject>('nodes')
    const revision = hashOf(daemonSet.spec.template)
    recordRevision(store, daemonSet, revision)
    const plan = planDaemonSet(daemonSet, nodes, groupByNode(ownPods(daemonSet)), revision)
    for (const pod of plan.remove) {
      store.delete('pods', namespace, pod.metadata.name)
      events.record({ about: daemonSet, reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` })
    }
    for (const nodeName of plan.create) {
      const pod = store.create<PodObject>('pods', daemonPod(daemonSet, nodeName, revision))
      events.record({ about: daemonSet, reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata.name}` })
    }
    writeStatus(daemonSet, nodes, revision)
  }

  function ownPods(daemonSet: DaemonSetObject): PodObject[] {
    return store.list<PodObject>('pods', namespaceOf(daemonSet)).filter((pod) => isControlledBy(pod, daemonSet))
  }

  function writeStatus(daemonSet: DaemonSetObject, nodes: readonly NodeObject[], revision: string): void {
    const minReadySeconds = daemonSet.spec.minReadySeconds ?? 0
    const podsByNode = groupByNode(ownPods(daemonSet))
    const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, updated: 0, available: 0 }
    let soonestMs = Number.POSITIVE_INFINITY
    for (const node of nodes) {
      const pods = (podsByNode.get(node.metadata.name) ?? []).filter(({ metadata }) => !metadata.deletionTimestamp)
      const { shouldRun } = decideNode(daemonSet.spec.template.spec ?? { containers: [] }, node)
      if (!shouldRun) {
        if (pods.length > 0) counts.misscheduled += 1
        continue
      }
      counts.desired += 1
      if (pods.length === 0) continue
      counts.current += 1
      if (pods.some(isPodReady)) counts.ready += 1
      if (pods.some(({ metadata }) => metadata.labels?.[revisionLabel] === revision)) counts.updated += 1
      const waits = pods.map((pod) => msUntilAvailable(pod, minReadySeconds)).filter((wait) => wait !== undefined)
      if (waits.includes(0)) counts.available += 1
      else soonestMs = Math.min(soonestMs, ...waits)
    }
    if (Number.isFinite(soonestMs)) queue.addAfter(keyOf(daemonSet), soonestMs + 1)
    store.modify<DaemonSetObject>('daemonsets', namespaceOf(daemonSet), daemonSet.metadata.name, (draft) => {
      const {
        numberUnavailable: _unavailable,
        numberAvailable: _available,
        updatedNumberScheduled: _updated,
        ...kept
      } = draft.status ?? {}
      draft.status = {
        ...kept,
        currentNumberScheduled: counts.current,
        desiredNumberScheduled: counts.desired,
        numberMisscheduled: counts.misscheduled,
        numberReady: counts.ready,
        observedGeneration: daemonSet.metadata.generation ?? 1,
        ...nonZero('updatedNumberScheduled', counts.updated),
        ...nonZero('numberAvailable', counts.available),
        ...nonZero('numberUnavailable', counts.desired - counts.available),
      }
    })
  }

  const addAll = (): void => {
    for (const daemonSet of store.list('daemonsets')) queue.add(keyOf(daemonSet))
  }
  const unsubscribe = [
    store.subscribe('daemonsets', ({ type, object }) => {
      if (type !== 'DELETED') queue.add(keyOf(object))
    }),
    store.subscribe('nodes', addAll),
    store.subscribe<PodObject>('pods', ({ object }) => {
      const owner = controllerName(object, 'DaemonSet')
      if (owner !== undefined) queue.add(`${namespaceOf(object)}/${owner}`)
    }),
  ]
  return () => {
    for (const stop of unsubscribe) stop()
    queue.stop()
  }
}

/** Zero is left out, as Go's `omitempty` does. */
function nonZero<Name extends string>(name: Name, value: number): Partial<Record<Name, number>> {
  return value === 0 ? {} : ({ [name]: value } as Record<Name, number>)
}

/** A pod that only fits its node, left to the scheduler to bind, as the real controller makes it. */
function daemonPod(daemonSet: DaemonSetObject, nodeName: string, revision: string): unknown {
  const generation = daemonSet.metadata.annotations?.['deprecated.daemonset.template.generation'] ?? '1'
  const pod = podFromTemplate(daemonSet, daemonSet.spec.template, {
    [revisionLabel]: revision,
    'pod-template-generation': generation,
  }) as { spec: PodSpec }
  const { spec } = pod
  const byName = { key: 'metadata.name', operator: 'In', values: [nodeName] }
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  spec.affinity = {
    ...spec.affinity,
    nodeAffinity: {
      ...spec.affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: terms?.map((term) => ({ ...term, matchFields: [byName] })) ?? [{ matchFields: [byName] }],
      },
    },
  }
  spec.tolerations = [...(spec.tolerations ?? []), ...daemonTolerations(spec)]
  return pod
}
