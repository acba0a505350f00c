import type { Pod } from '../resources/pod.ts'
import { badRequest, conflict } from '../status-error.ts'
import { isJsonObject } from '../wire.ts'
import type { ApiCall, ApiContext, ApiResult } from './api-call.ts'
import { findObject } from './list.ts'

/** What a scheduler does: gives a pod its node. @throws StatusError 409 when it has one. */
export async function handleBinding(context: ApiContext, call: ApiCall): Promise<ApiResult> {
  const body = await call.readBody()
  const target = isJsonObject(body) ? body['target'] : undefined
  const nodeName = isJsonObject(target) ? target['name'] : undefined
  if (typeof nodeName !== 'string' || nodeName === '') throw badRequest('target.name: Required value')
  const pod = findObject(context, call) as Pod
  if (pod.spec.nodeName) {
    throw conflict(
      call.definition,
      pod.metadata.name,
      `pod ${pod.metadata.name} is already assigned to node "${pod.spec.nodeName}"`,
    )
  }
  context.store.modify<Pod>('pods', call.namespace, pod.metadata.name, (draft) => {
    draft.spec.nodeName = nodeName
  })
  return { code: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } }
}
