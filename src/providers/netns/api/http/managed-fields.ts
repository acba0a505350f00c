import { type FieldPath, splitPath } from '../apply/field-paths.ts'
import type { Manager } from '../apply/managers.ts'
import { recordChanges } from '../apply/record-update.ts'
import { apiVersionOf } from '../resources/definition.ts'
import type { KubeObject } from '../types.ts'
import type { ApiCall } from './api-call.ts'

/** Who sends the request: `fieldManager`, or else the first word of the user agent. */
export function managerOf(call: ApiCall, operation: Manager['operation']): Manager {
  const agent = (call.request.headers['user-agent'] ?? 'unknown').split('/')[0] ?? ''
  return {
    name: call.query.get('fieldManager') || agent,
    operation,
    apiVersion: apiVersionOf(call.definition),
    subresource: call.subresource ?? '',
  }
}

/** The last step of an ordinary write: notes in the draft who changed what. */
export function recordUpdate(call: ApiCall, old: KubeObject | undefined): (draft: KubeObject) => void {
  const { definition } = call
  const isStatus = (path: FieldPath): boolean => splitPath(path)[0] === 'f:status'
  const isOwn = (path: FieldPath): boolean =>
    !definition.hasStatus || isStatus(path) === (call.subresource === 'status')
  return (draft) => {
    const metadata = draft.metadata as { managedFields?: unknown[] }
    const given = metadata.managedFields
    if (given === undefined || given.length === 0) restoreManagers(draft, old)
    recordChanges(definition.model, old, draft, managerOf(call, 'Update'), isOwn)
  }
}

/** A client that left managedFields out did not mean to take them away. */
function restoreManagers(draft: KubeObject, old: KubeObject | undefined): void {
  const managers = (old?.metadata as { managedFields?: unknown } | undefined)?.managedFields
  if (managers !== undefined) Object.assign(draft.metadata, { managedFields: structuredClone(managers) })
}
