import type { V1EndpointSlice } from '@kubernetes/client-node'
import type { Stored } from '../wire.ts'
import { ageSince } from './ages.ts'
import { ageColumn, column, nameColumn } from './columns.ts'
import { defineResource } from './definition.ts'

const SHOWN = 3
const addressTypes = ['FQDN', 'IPv4', 'IPv6']

export const endpointSlices = defineResource<Stored<V1EndpointSlice>>({
  resource: 'endpointslices',
  singular: 'endpointslice',
  kind: 'EndpointSlice',
  group: 'discovery.k8s.io',
  model: 'V1EndpointSlice',
  hasGeneration: true,
  columns: [nameColumn, column('AddressType'), column('Ports'), column('Endpoints'), ageColumn],
  cells: (slice, nowMs) => [
    slice.metadata.name,
    slice.addressType,
    shorten(
      (slice.ports ?? []).map((port) => String(port.port ?? '*')),
      '<unset>',
    ),
    shorten(
      (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses),
      '<unset>',
    ),
    ageSince(slice.metadata.creationTimestamp, nowMs),
  ],
  applyDefaults(draft) {
    for (const port of draft.ports ?? []) {
      port.name ??= ''
      port.protocol ??= 'TCP'
    }
  },
  validate(slice, problems) {
    if (slice.addressType === undefined) problems.required('addressType')
    else if (!addressTypes.includes(slice.addressType)) {
      problems.notSupported('addressType', slice.addressType, addressTypes)
    }
  },
  validateUpdate(slice, old, problems) {
    if (slice.addressType !== old.addressType) problems.invalid('addressType', slice.addressType, 'field is immutable')
  },
})

function shorten(items: readonly string[], none: string): string {
  if (items.length === 0) return none
  return items.length > SHOWN ? `${items.slice(0, SHOWN).join(',')} + ${items.length - SHOWN} more...` : items.join(',')
}
