import type { V1Deployment } from '@kubernetes/client-node'
import type { WithSpec } from '../wire.ts'
import { ageSince } from './ages.ts'
import { ageColumn, column, nameColumn, numberColumn, wideColumn } from './columns.ts'
import { defineResource } from './definition.ts'
import { applyTemplateDefaults, validateNotNegative, validateSelectorUnchanged, validateWorkload } from './workload.ts'
import { workloadCells } from './workload-cells.ts'

export const deployments = defineResource<WithSpec<V1Deployment>>({
  resource: 'deployments',
  singular: 'deployment',
  kind: 'Deployment',
  group: 'apps',
  model: 'V1Deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  hasStatus: true,
  hasGeneration: true,
  scalable: true,
  columns: [
    nameColumn,
    column('Ready', 'Number of the pod with ready state'),
    numberColumn('Up-to-date'),
    numberColumn('Available'),
    ageColumn,
    wideColumn('Containers'),
    wideColumn('Images'),
    wideColumn('Selector'),
  ],
  cells: (deployment, nowMs) => [
    deployment.metadata.name,
    `${deployment.status?.readyReplicas ?? 0}/${deployment.spec.replicas ?? 0}`,
    deployment.status?.updatedReplicas ?? 0,
    deployment.status?.availableReplicas ?? 0,
    ageSince(deployment.metadata.creationTimestamp, nowMs),
    ...workloadCells(deployment.spec.template.spec?.containers ?? [], deployment.spec.selector),
  ],
  prepareCreate(draft) {
    draft.status = {}
  },
  applyDefaults(draft) {
    draft.spec ??= { selector: undefined, template: {} } as unknown as typeof draft.spec
    const { spec } = draft
    applyTemplateDefaults(spec)
    spec.replicas ??= 1
    spec.revisionHistoryLimit ??= 10
    spec.progressDeadlineSeconds ??= 600
    spec.strategy ??= {}
    spec.strategy.type ??= 'RollingUpdate'
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate = { maxUnavailable: '25%', maxSurge: '25%', ...spec.strategy.rollingUpdate }
    }
  },
  validate(deployment, problems) {
    const { spec } = deployment
    validateWorkload(spec, 'deployment', problems)
    validateNotNegative(spec.replicas, 'spec.replicas', problems)
    validateNotNegative(spec.minReadySeconds, 'spec.minReadySeconds', problems)
    validateNotNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit', problems)
    const type = spec.strategy?.type
    if (type !== 'RollingUpdate' && type !== 'Recreate') {
      problems.notSupported('spec.strategy.type', type, ['Recreate', 'RollingUpdate'])
    } else if (type === 'Recreate' && spec.strategy?.rollingUpdate !== undefined) {
      problems.forbidden('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'")
    }
  },
  validateUpdate: (deployment, old, problems) => validateSelectorUnchanged(deployment.spec, old.spec, problems),
})
