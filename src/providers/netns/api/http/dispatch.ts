import { methodNotAllowed, noSuchResource } from '../status-error.ts'
import type { ApiCall, ApiContext, ApiResult, Handler } from './api-call.ts'
import { handleCreate } from './create.ts'
import { handleDelete, handleDeleteCollection } from './delete.ts'
import { handleGet, handleList } from './list.ts'
import { handlePatch } from './patch.ts'
import { subresourceHandlers } from './subresources.ts'
import { handleReplace } from './update.ts'
import { handleWatch } from './watch.ts'

const collectionHandlers: Readonly<Record<string, Handler>> = {
  GET: handleList,
  POST: handleCreate,
  DELETE: handleDeleteCollection,
}
const objectHandlers: Readonly<Record<string, Handler>> = {
  GET: handleGet,
  PUT: handleReplace,
  PATCH: handlePatch,
  DELETE: handleDelete,
}

/** Hands a call to the handler of its verb. @throws StatusError 405 when the resource has no such verb. */
export async function dispatch(context: ApiContext, call: ApiCall): Promise<ApiResult | undefined> {
  const { definition, subresource } = call
  const handler = handlerOf(call)
  if (handler === undefined) {
    const isKnown =
      subresource === undefined ||
      subresource === 'status' ||
      `${definition.resource}/${subresource}` in subresourceHandlers
    throw isKnown ? methodNotAllowed() : noSuchResource()
  }
  return handler(context, call)
}

function handlerOf({ method, name, subresource, query, definition }: ApiCall): Handler | undefined {
  if (subresource !== undefined) {
    if (subresource === 'status' && definition.hasStatus && method !== 'DELETE') return objectHandlers[method]
    return subresourceHandlers[`${definition.resource}/${subresource}`]?.[method]
  }
  const isWatch = query.get('watch') === 'true' || query.get('watch') === '1'
  if (method === 'GET' && isWatch) return handleWatch
  return (name === undefined ? collectionHandlers : objectHandlers)[method]
}
