import type { V1ServiceAccount } from '@kubernetes/client-node'
import type { Stored } from '../wire.ts'
import { ageSince } from './ages.ts'
import { ageColumn, column, nameColumn } from './columns.ts'
import { defineResource } from './definition.ts'

export const serviceAccounts = defineResource<Stored<V1ServiceAccount>>({
  resource: 'serviceaccounts',
  singular: 'serviceaccount',
  kind: 'ServiceAccount',
  model: 'V1ServiceAccount',
  shortNames: ['sa'],
  columns: [nameColumn, column('Secrets'), ageColumn],
  cells: (account, nowMs) => [
    account.metadata.name,
    account.secrets?.length ?? 0,
    ageSince(account.metadata.creationTimestamp, nowMs),
  ],
})
