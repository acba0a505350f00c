import type { KubeObject } from '../types.ts'
import type { Json } from '../wire.ts'
import type { FieldPath } from './field-paths.ts'
import { fromFieldsV1, toFieldsV1 } from './fields-v1.ts'

/** Who is writing. */
export interface Manager {
  readonly name: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly subresource: string
}

/** One entry of `metadata.managedFields`, with its fields as a set. */
export interface ManagerEntry extends Manager {
  readonly time: string
  readonly paths: ReadonlySet<FieldPath>
}

interface WireEntry {
  manager?: string
  operation?: string
  apiVersion?: string
  time?: string
  fieldsType?: string
  fieldsV1?: Json
  subresource?: string
}

type Managed = KubeObject['metadata'] & { managedFields?: WireEntry[] }

export function readManagers(object: KubeObject): ManagerEntry[] {
  return ((object.metadata as Managed).managedFields ?? [])
    .filter((entry) => entry.operation === 'Apply' || entry.operation === 'Update')
    .map((entry) => ({
      name: entry.manager ?? '',
      operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
      apiVersion: entry.apiVersion ?? '',
      subresource: entry.subresource ?? '',
      time: entry.time ?? '',
      paths: fromFieldsV1(entry.fieldsV1),
    }))
}

/** Managers who manage nothing any more are left out. */
export function writeManagers(draft: KubeObject, entries: readonly ManagerEntry[]): void {
  const metadata = draft.metadata as Managed
  const written = entries
    .filter(({ paths }) => paths.size > 0)
    .map(
      ({ name, operation, apiVersion, subresource, time, paths }): WireEntry => ({
        manager: name,
        operation,
        apiVersion,
        time,
        fieldsType: 'FieldsV1',
        fieldsV1: toFieldsV1(paths),
        ...(subresource === '' ? {} : { subresource }),
      }),
    )
  if (written.length === 0) delete metadata.managedFields
  else metadata.managedFields = written
}

export function isSameManager(a: Manager, b: Manager): boolean {
  return (
    a.name === b.name && a.operation === b.operation && a.subresource === b.subresource && a.apiVersion === b.apiVersion
  )
}
