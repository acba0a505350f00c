import type { V1Secret } from '@kubernetes/client-node'
import { checkConfigKey } from '../validation/names.ts'
import type { Stored } from '../wire.ts'
import { ageSince } from './ages.ts'
import { ageColumn, column, nameColumn, numberColumn } from './columns.ts'
import { defineResource } from './definition.ts'

const MAX_BYTES = 1024 * 1024

export const secrets = defineResource<Stored<V1Secret>>({
  resource: 'secrets',
  singular: 'secret',
  kind: 'Secret',
  model: 'V1Secret',
  columns: [
    nameColumn,
    column('Type', 'Used to facilitate programmatic handling of secret data.'),
    numberColumn('Data'),
    ageColumn,
  ],
  cells: (secret, nowMs) => [
    secret.metadata.name,
    secret.type ?? '',
    Object.keys(secret.data ?? {}).length,
    ageSince(secret.metadata.creationTimestamp, nowMs),
  ],
  fieldSelectors: { type: (secret) => secret.type ?? '' },
  applyDefaults(draft) {
    draft.type ??= 'Opaque'
    if (draft.stringData === undefined) return
    draft.data ??= {}
    for (const [key, value] of Object.entries(draft.stringData)) draft.data[key] = Buffer.from(value).toString('base64')
    delete draft.stringData
  },
  validate(secret, problems) {
    let bytes = 0
    for (const [key, value] of Object.entries(secret.data ?? {})) {
      problems.invalidEach(`data[${key}]`, key, checkConfigKey(key))
      bytes += Buffer.byteLength(value, 'base64')
    }
    if (bytes > MAX_BYTES) problems.tooLong('data', MAX_BYTES)
  },
  validateUpdate(secret, old, problems) {
    if (secret.type !== old.type) problems.invalid('type', secret.type, 'field is immutable')
    if (old.immutable !== true) return
    if (secret.immutable !== true) problems.forbidden('immutable', 'field is immutable when `immutable` is set')
    if (JSON.stringify(secret.data) !== JSON.stringify(old.data)) {
      problems.forbidden('data', 'field is immutable when `immutable` is set')
    }
  },
})
