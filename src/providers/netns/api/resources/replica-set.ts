import type { V1ReplicaSet } from '@kubernetes/client-node'
import type { WithSpec } from '../wire.ts'
import { ageSince } from './ages.ts'
import { ageColumn, nameColumn, numberColumn, wideColumn } from './columns.ts'
import { defineResource } from './definition.ts'
import { applyTemplateDefaults, validateNotNegative, validateSelectorUnchanged, validateWorkload } from './workload.ts'
import { workloadCells } from './workload-cells.ts'

export const replicaSets = defineResource<WithSpec<V1ReplicaSet>>({
  resource: 'replicasets',
  singular: 'replicaset',
  kind: 'ReplicaSet',
  group: 'apps',
  model: 'V1ReplicaSet',
  shortNames: ['rs'],
  categories: ['all'],
  hasStatus: true,
  hasGeneration: true,
  scalable: true,
  columns: [
    nameColumn,
    numberColumn('Desired'),
    numberColumn('Current'),
    numberColumn('Ready'),
    ageColumn,
    wideColumn('Containers'),
    wideColumn('Images'),
    wideColumn('Selector'),
  ],
  cells: (set, nowMs) => [
    set.metadata.name,
    set.spec.replicas ?? 0,
    set.status?.replicas ?? 0,
    set.status?.readyReplicas ?? 0,
    ageSince(set.metadata.creationTimestamp, nowMs),
    ...workloadCells(set.spec.template?.spec?.containers ?? [], set.spec.selector),
  ],
  fieldSelectors: { 'status.replicas': (set) => String(set.status?.replicas ?? 0) },
  prepareCreate(draft) {
    draft.status = { replicas: 0 }
  },
  applyDefaults(draft) {
    draft.spec ??= { selector: undefined } as unknown as typeof draft.spec
    draft.spec.replicas ??= 1
    applyTemplateDefaults(draft.spec)
  },
  validate(set, problems) {
    validateWorkload(set.spec, 'deployment', problems)
    validateNotNegative(set.spec.replicas, 'spec.replicas', problems)
    validateNotNegative(set.spec.minReadySeconds, 'spec.minReadySeconds', problems)
  },
  validateUpdate: (set, old, problems) => validateSelectorUnchanged(set.spec, old.spec, problems),
})
