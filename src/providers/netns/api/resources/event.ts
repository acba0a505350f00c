import type { CoreV1Event } from '@kubernetes/client-node'
import type { Stored } from '../wire.ts'
import { ageSince } from './ages.ts'
import { column, nameColumn, wideColumn } from './columns.ts'
import { defineResource } from './definition.ts'

type Event = Stored<CoreV1Event>

export const events = defineResource<Event>({
  resource: 'events',
  singular: 'event',
  kind: 'Event',
  model: 'CoreV1Event',
  shortNames: ['ev'],
  columns: [
    column('Last Seen'),
    column('Type'),
    column('Reason'),
    column('Object'),
    wideColumn('Subobject'),
    wideColumn('Source'),
    column('Message'),
    wideColumn('First Seen'),
    wideColumn('Count'),
    { ...nameColumn, priority: 1 },
  ],
  cells(event, nowMs) {
    const first = event.eventTime ?? event.firstTimestamp
    const last = event.series?.lastObservedTime ?? event.lastTimestamp ?? first
    const { involvedObject } = event
    const component = event.source?.component ?? event.reportingComponent ?? ''
    return [
      ageSince(last, nowMs),
      event.type ?? '',
      event.reason ?? '',
      involvedObject.name === undefined
        ? (involvedObject.kind ?? '').toLowerCase()
        : `${(involvedObject.kind ?? '').toLowerCase()}/${involvedObject.name}`,
      involvedObject.fieldPath ?? '',
      event.source?.host === undefined ? component : `${component}, ${event.source.host}`,
      (event.message ?? '').trim(),
      ageSince(first, nowMs),
      event.series?.count ?? event.count ?? 1,
      event.metadata.name,
    ]
  },
  fieldSelectors: {
    'involvedObject.kind': (event) => event.involvedObject.kind ?? '',
    'involvedObject.namespace': (event) => event.involvedObject.namespace ?? '',
    'involvedObject.name': (event) => event.involvedObject.name ?? '',
    'involvedObject.uid': (event) => event.involvedObject.uid ?? '',
    'involvedObject.apiVersion': (event) => event.involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': (event) => event.involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': (event) => event.involvedObject.fieldPath ?? '',
    reason: (event) => event.reason ?? '',
    reportingComponent: (event) => event.reportingComponent ?? '',
    source: (event) => event.source?.component ?? event.reportingComponent ?? '',
    type: (event) => event.type ?? '',
  },
  applyDefaults(draft) {
    draft.involvedObject ??= {}
  },
  validate(event, problems) {
    const expected = event.involvedObject.namespace ?? 'default'
    if (event.metadata.namespace !== expected) {
      problems.invalid(
        'involvedObject.namespace',
        event.involvedObject.namespace ?? '',
        'does not match event.namespace',
      )
    }
  },
})
