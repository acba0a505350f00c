import { isJsonObject } from '../wire.ts'
import type { ApiCall, ApiContext, ApiResult } from './api-call.ts'
import { type DeleteRequest, deleteOne } from './delete.ts'
import { findObject } from './list.ts'

/** Deletes a pod as `kubectl drain` asks for it. No disruption budget stands in the way. */
export async function handleEviction(context: ApiContext, call: ApiCall): Promise<ApiResult> {
  const body = await call.readBody()
  const options =
    isJsonObject(body) && isJsonObject(body['deleteOptions']) ? (body['deleteOptions'] as DeleteRequest) : {}
  deleteOne(context, call, findObject(context, call), options)
  return { code: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } }
}
