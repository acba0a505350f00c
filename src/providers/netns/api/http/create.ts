import { badRequest, methodNotAllowed } from '../status-error.ts'
import type { ApiCall, ApiContext, ApiResult } from './api-call.ts'
import { recordUpdate } from './managed-fields.ts'
import { renderObject } from './render.ts'
import { checkPlace, decodeForRequest, readDryRun } from './write-options.ts'

export async function handleCreate({ store }: ApiContext, call: ApiCall): Promise<ApiResult> {
  const { definition, query, format } = call
  if (definition.namespaced && call.namespace === undefined) throw methodNotAllowed()
  const dryRun = readDryRun(query)
  const { object, warnings } = decodeForRequest(definition, await call.readBody(), query)
  checkPlace(object, call)
  if ((object.metadata.resourceVersion ?? '') !== '') {
    throw badRequest('resourceVersion should not be set on objects to be created')
  }
  const finish = recordUpdate(call, undefined)
  const created = store.create(definition.resource, object, { dryRun, finish })
  return { code: 201, body: renderObject(definition, created, format, query), warnings }
}
