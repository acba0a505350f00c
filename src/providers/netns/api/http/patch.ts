import { applyPatch } from '../patch/apply-patch.ts'
import { badRequest, methodNotAllowed } from '../status-error.ts'
import type { Json } from '../wire.ts'
import type { ApiCall, ApiContext, ApiResult } from './api-call.ts'
import { handleApply } from './apply.ts'
import { findObject } from './list.ts'
import { renderObject } from './render.ts'
import { replaceObject } from './update.ts'
import { checkPlace, decodeForRequest, readDryRun } from './write-options.ts'

export async function handlePatch(context: ApiContext, call: ApiCall): Promise<ApiResult> {
  if (call.name === undefined) throw methodNotAllowed()
  const { definition, query, format } = call
  const dryRun = readDryRun(query)
  const patch = await call.readBody()
  if (patch === undefined) throw badRequest('the request has no patch in its body')
  if (call.contentType === 'application/apply-patch+yaml') return handleApply(context, call, patch, dryRun)
  const old = findObject(context, call)
  const patched = applyPatch(call.contentType, definition.model, old as unknown as Json, patch)
  const { object, warnings } = decodeForRequest(definition, patched, query, '')
  checkPlace(object, call)
  const updated = replaceObject(context, call, old, object, dryRun)
  return { code: 200, body: renderObject(definition, updated, format, query), warnings }
}
