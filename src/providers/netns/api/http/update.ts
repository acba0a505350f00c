import { badRequest, conflict, methodNotAllowed } from '../status-error.ts'
import type { KubeObject } from '../types.ts'
import type { ApiCall, ApiContext, ApiResult } from './api-call.ts'
import { findObject } from './list.ts'
import { recordUpdate } from './managed-fields.ts'
import { renderObject } from './render.ts'
import { checkPlace, decodeForRequest, readDryRun } from './write-options.ts'

export async function handleReplace(context: ApiContext, call: ApiCall): Promise<ApiResult> {
  const { definition, query, format } = call
  if (call.name === undefined) throw methodNotAllowed()
  const dryRun = readDryRun(query)
  const { object, warnings } = decodeForRequest(definition, await call.readBody(), query)
  if ((object.metadata.name ?? '') === '') throw badRequest('name must be provided')
  checkPlace(object, call)
  const old = findObject(context, call)
  const updated = replaceObject(context, call, old, object, dryRun)
  return { code: 200, body: renderObject(definition, updated, format, query), warnings }
}

/**
 * Stores a user's new version of an object (of its status alone, for that subresource).
 * @throws StatusError 409 when it was made from an older version.
 */
export function replaceObject(
  { store }: ApiContext,
  call: ApiCall,
  old: KubeObject,
  next: KubeObject,
  dryRun: boolean,
  finish: (draft: KubeObject) => void = recordUpdate(call, old),
): KubeObject {
  checkPreconditions(call, old, next)
  return store.update(call.definition.resource, old, mergeSubresource(call, old, next), {
    dryRun,
    finish,
    fromUser: true,
  })
}

function checkPreconditions({ definition }: ApiCall, old: KubeObject, next: KubeObject): void {
  const { name } = old.metadata
  const { uid, resourceVersion } = next.metadata as Partial<KubeObject['metadata']>
  if (uid && uid !== old.metadata.uid) {
    throw conflict(
      definition,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
    )
  }
  if (resourceVersion && resourceVersion !== '0' && resourceVersion !== old.metadata.resourceVersion) {
    const why = 'the object has been modified; please apply your changes to the latest version and try again'
    throw conflict(definition, name, why)
  }
}

/** `status` changes the status alone; without it, a resource that has that subresource keeps its status. */
function mergeSubresource({ definition, subresource }: ApiCall, old: KubeObject, next: KubeObject): KubeObject {
  if (!definition.hasStatus) return next
  const { status: oldStatus, ...oldRest } = old as KubeObject & { status?: unknown }
  const { status: nextStatus, ...nextRest } = next as KubeObject & { status?: unknown }
  const [rest, status] = subresource === 'status' ? [oldRest, nextStatus] : [nextRest, oldStatus]
  const managedFields = (next.metadata as { managedFields?: unknown }).managedFields
  const metadata =
    subresource === 'status' && managedFields !== undefined ? { ...rest.metadata, managedFields } : rest.metadata
  return { ...rest, metadata, ...(status === undefined ? {} : { status }) }
}
