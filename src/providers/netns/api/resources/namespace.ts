import type { V1Namespace } from '@kubernetes/client-node'
import type { Stored } from '../wire.ts'
import { ageSince } from './ages.ts'
import { ageColumn, column, nameColumn } from './columns.ts'
import { defineResource } from './definition.ts'

export const namespaces = defineResource<Stored<V1Namespace>>({
  resource: 'namespaces',
  singular: 'namespace',
  kind: 'Namespace',
  model: 'V1Namespace',
  shortNames: ['ns'],
  namespaced: false,
  nameRule: 'label',
  hasStatus: true,
  columns: [nameColumn, column('Status', 'The status of the namespace'), ageColumn],
  cells: (namespace, nowMs) => [
    namespace.metadata.name,
    namespace.status?.phase ?? '',
    ageSince(namespace.metadata.creationTimestamp, nowMs),
  ],
  fieldSelectors: { 'status.phase': (namespace) => namespace.status?.phase ?? '' },
  prepareCreate(draft) {
    draft.spec = { finalizers: ['kubernetes'] }
    draft.status = { phase: 'Active' }
  },
  applyDefaults(draft) {
    draft.metadata.labels = { ...draft.metadata.labels, 'kubernetes.io/metadata.name': draft.metadata.name }
  },
  beginDeletion(draft) {
    draft.status = { ...draft.status, phase: 'Terminating' }
  },
})
