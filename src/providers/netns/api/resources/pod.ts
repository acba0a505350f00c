import type { V1Pod } from '@kubernetes/client-node'
import { applyPodSpecDefaults } from '../validation/pod-defaults.ts'
import { validatePodSpec } from '../validation/pod-spec.ts'
import { validatePodUpdate } from '../validation/pod-update.ts'
import type { WithSpec } from '../wire.ts'
import { mountApiAccess } from './api-access-volume.ts'
import { ageColumn, column, nameColumn, wideColumn } from './columns.ts'
import { defineResource } from './definition.ts'
import { podCells } from './pod-cells.ts'
import { admitSidecar } from './sidecar-admission.ts'

export type Pod = WithSpec<V1Pod>

/** The priority classes that every cluster has. */
const priorities: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
}

export const pods = defineResource<Pod>({
  resource: 'pods',
  singular: 'pod',
  kind: 'Pod',
  model: 'V1Pod',
  shortNames: ['po'],
  categories: ['all'],
  hasStatus: true,
  hasGeneration: true,
  columns: [
    nameColumn,
    column('Ready', 'The aggregate readiness state of this pod for accepting traffic.'),
    column('Status', 'The aggregate status of the containers in this pod.'),
    column(
      'Restarts',
      'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
    ),
    ageColumn,
    wideColumn('IP', 'IP address of the pod'),
    wideColumn('Node', 'The name of the Node where the pod is running'),
    wideColumn('Nominated Node', 'The name of the Node where the pod may be scheduled'),
    wideColumn('Readiness Gates', 'The readiness gates of the pod'),
  ],
  cells: podCells,
  fieldSelectors: {
    'spec.nodeName': (pod) => pod.spec.nodeName ?? '',
    'spec.restartPolicy': (pod) => pod.spec.restartPolicy ?? '',
    'spec.schedulerName': (pod) => pod.spec.schedulerName ?? '',
    'spec.serviceAccountName': (pod) => pod.spec.serviceAccountName ?? '',
    'spec.hostNetwork': (pod) => String(pod.spec.hostNetwork ?? false),
    'status.phase': (pod) => pod.status?.phase ?? '',
    'status.podIP': (pod) => pod.status?.podIP ?? '',
    'status.nominatedNodeName': (pod) => pod.status?.nominatedNodeName ?? '',
  },
  prepareCreate(draft, context) {
    admitSidecar(draft, context)
    mountApiAccess(draft, context)
    draft.status = { phase: 'Pending', qosClass: qosClassOf(draft) }
  },
  applyDefaults(draft) {
    draft.spec ??= {} as unknown as typeof draft.spec
    applyPodSpecDefaults(draft.spec)
    draft.spec.serviceAccountName ??= 'default'
    draft.spec.serviceAccount ??= draft.spec.serviceAccountName
    draft.spec.enableServiceLinks ??= true
    draft.spec.preemptionPolicy ??= 'PreemptLowerPriority'
    draft.spec.priority ??= priorities[draft.spec.priorityClassName ?? ''] ?? 0
  },
  validate: (pod, problems) => validatePodSpec(pod.spec, 'spec', problems),
  validateUpdate: validatePodUpdate,
  deletionGraceSeconds(pod, requested) {
    const isOver = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
    if (!pod.spec.nodeName || isOver) return 0
    return Math.max(0, requested ?? pod.spec.terminationGracePeriodSeconds ?? 30)
  },
})

function qosClassOf(pod: Pod): 'BestEffort' | 'Burstable' | 'Guaranteed' {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]
  const needs = containers.map(({ resources }) => ({
    limits: resources?.limits ?? {},
    requests: resources?.requests ?? {},
  }))
  if (needs.every(({ limits, requests }) => Object.keys(limits).length + Object.keys(requests).length === 0)) {
    return 'BestEffort'
  }
  const isGuaranteed = needs.every(({ limits, requests }) =>
    ['cpu', 'memory'].every((name) => limits[name] !== undefined && (requests[name] ?? limits[name]) === limits[name]),
  )
  return isGuaranteed ? 'Guaranteed' : 'Burstable'
}
