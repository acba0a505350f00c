import type { V1Endpoints } from '@kubernetes/client-node'
import { isAddress } from '../../../../../helpers/cidr.ts'
import type { Stored } from '../wire.ts'
import { ageSince } from './ages.ts'
import { ageColumn, column, nameColumn } from './columns.ts'
import { defineResource } from './definition.ts'

const SHOWN = 3

export const endpoints = defineResource<Stored<V1Endpoints>>({
  resource: 'endpoints',
  singular: 'endpoints',
  kind: 'Endpoints',
  model: 'V1Endpoints',
  shortNames: ['ep'],
  columns: [nameColumn, column('Endpoints'), ageColumn],
  cells: (object, nowMs) => [object.metadata.name, textOf(object), ageSince(object.metadata.creationTimestamp, nowMs)],
  applyDefaults(draft) {
    for (const subset of draft.subsets ?? []) {
      for (const port of subset.ports ?? []) port.protocol ??= 'TCP'
    }
  },
  validate(object, problems) {
    for (const [index, subset] of (object.subsets ?? []).entries()) {
      for (const [position, address] of [...(subset.addresses ?? []), ...(subset.notReadyAddresses ?? [])].entries()) {
        if (isAddress(address.ip)) continue
        const detail = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
        problems.invalid(`subsets[${index}].addresses[${position}].ip`, address.ip, detail)
      }
    }
  },
})

function textOf(object: Stored<V1Endpoints>): string {
  const all = (object.subsets ?? []).flatMap((subset) =>
    (subset.ports ?? []).length === 0
      ? (subset.addresses ?? []).map(({ ip }) => ip)
      : (subset.ports ?? []).flatMap((port) =>
          (subset.addresses ?? []).map(({ ip }) => `${ip.includes(':') ? `[${ip}]` : ip}:${port.port}`),
        ),
  )
  if (all.length === 0) return '<none>'
  return all.length > SHOWN ? `${all.slice(0, SHOWN).join(',')} + ${all.length - SHOWN} more...` : all.join(',')
}
