import type { V1DaemonSet } from '@kubernetes/client-node'
import type { WithSpec } from '../wire.ts'
import { ageSince } from './ages.ts'
import { ageColumn, column, nameColumn, numberColumn, wideColumn } from './columns.ts'
import { defineResource } from './definition.ts'
import { applyTemplateDefaults, validateNotNegative, validateSelectorUnchanged, validateWorkload } from './workload.ts'
import { formatLabels, workloadCells } from './workload-cells.ts'

export const daemonSets = defineResource<WithSpec<V1DaemonSet>>({
  resource: 'daemonsets',
  singular: 'daemonset',
  kind: 'DaemonSet',
  group: 'apps',
  model: 'V1DaemonSet',
  shortNames: ['ds'],
  categories: ['all'],
  hasStatus: true,
  hasGeneration: true,
  columns: [
    nameColumn,
    numberColumn('Desired'),
    numberColumn('Current'),
    numberColumn('Ready'),
    numberColumn('Up-to-date'),
    numberColumn('Available'),
    column('Node Selector'),
    ageColumn,
    wideColumn('Containers'),
    wideColumn('Images'),
    wideColumn('Selector'),
  ],
  cells: (set, nowMs) => [
    set.metadata.name,
    set.status?.desiredNumberScheduled ?? 0,
    set.status?.currentNumberScheduled ?? 0,
    set.status?.numberReady ?? 0,
    set.status?.updatedNumberScheduled ?? 0,
    set.status?.numberAvailable ?? 0,
    formatLabels(set.spec.template.spec?.nodeSelector),
    ageSince(set.metadata.creationTimestamp, nowMs),
    ...workloadCells(set.spec.template.spec?.containers ?? [], set.spec.selector),
  ],
  prepareCreate(draft) {
    draft.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 }
  },
  applyDefaults(draft) {
    draft.spec ??= { selector: undefined, template: {} } as unknown as typeof draft.spec
    const { spec } = draft
    applyTemplateDefaults(spec)
    spec.revisionHistoryLimit ??= 10
    spec.updateStrategy ??= {}
    spec.updateStrategy.type ??= 'RollingUpdate'
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate = { maxUnavailable: 1, maxSurge: 0, ...spec.updateStrategy.rollingUpdate }
    }
  },
  validate(set, problems) {
    validateWorkload(set.spec, 'daemonset', problems)
    validateNotNegative(set.spec.minReadySeconds, 'spec.minReadySeconds', problems)
    validateNotNegative(set.spec.revisionHistoryLimit, 'spec.revisionHistoryLimit', problems)
    const type = set.spec.updateStrategy?.type
    if (type !== 'RollingUpdate' && type !== 'OnDelete') {
      problems.notSupported('spec.updateStrategy.type', type, ['RollingUpdate', 'OnDelete'])
    }
  },
  validateUpdate: (set, old, problems) => validateSelectorUnchanged(set.spec, old.spec, problems),
})
