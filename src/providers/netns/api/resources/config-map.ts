import type { V1ConfigMap } from '@kubernetes/client-node'
import { checkConfigKey } from '../validation/names.ts'
import type { Stored } from '../wire.ts'
import { ageSince } from './ages.ts'
import { ageColumn, column, nameColumn } from './columns.ts'
import { defineResource } from './definition.ts'

const MAX_BYTES = 1024 * 1024

export const configMaps = defineResource<Stored<V1ConfigMap>>({
  resource: 'configmaps',
  singular: 'configmap',
  kind: 'ConfigMap',
  model: 'V1ConfigMap',
  shortNames: ['cm'],
  columns: [nameColumn, column('Data'), ageColumn],
  cells: (map, nowMs) => [
    map.metadata.name,
    Object.keys(map.data ?? {}).length + Object.keys(map.binaryData ?? {}).length,
    ageSince(map.metadata.creationTimestamp, nowMs),
  ],
  validate(map, problems) {
    let bytes = 0
    for (const [key, value] of Object.entries(map.data ?? {})) {
      problems.invalidEach(`data[${key}]`, key, checkConfigKey(key))
      if (map.binaryData?.[key] !== undefined)
        problems.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')
      bytes += Buffer.byteLength(value)
    }
    for (const [key, value] of Object.entries(map.binaryData ?? {})) {
      problems.invalidEach(`binaryData[${key}]`, key, checkConfigKey(key))
      bytes += Buffer.byteLength(value, 'base64')
    }
    if (bytes > MAX_BYTES) problems.tooLong('', MAX_BYTES)
  },
  validateUpdate(map, old, problems) {
    if (old.immutable !== true) return
    if (map.immutable !== true) problems.forbidden('immutable', 'field is immutable when `immutable` is set')
    for (const field of ['data', 'binaryData'] as const) {
      if (JSON.stringify(map[field]) !== JSON.stringify(old[field])) {
        problems.forbidden(field, 'field is immutable when `immutable` is set')
      }
    }
  },
})
