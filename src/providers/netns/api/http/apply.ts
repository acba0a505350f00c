import { badRequest } from '../status-error.ts'
import type { Json } from '../wire.ts'
import type { ApiCall, ApiContext, ApiResult } from './api-call.ts'

export function handleApply(_context: ApiContext, _call: ApiCall, _patch: Json, _dryRun: boolean): ApiResult {
  throw badRequest('server-side apply')
}
