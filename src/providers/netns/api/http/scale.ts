import { applyPatch } from '../patch/apply-patch.ts'
import { formatSelector } from '../resources/workload-cells.ts'
import { badRequest } from '../status-error.ts'
import type { KubeObject } from '../types.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire.ts'
import type { ApiCall, ApiContext, ApiResult } from './api-call.ts'
import { findObject } from './list.ts'
import { replaceObject } from './update.ts'
import { readDryRun } from './write-options.ts'

interface Scalable extends KubeObject {
  spec: { replicas?: number; selector?: Parameters<typeof formatSelector>[0] }
  status?: { replicas?: number }
}

export function handleGetScale(context: ApiContext, call: ApiCall): ApiResult {
  return { code: 200, body: scaleOf(findObject(context, call) as Scalable) }
}

export async function handleReplaceScale(context: ApiContext, call: ApiCall): Promise<ApiResult> {
  return writeScale(context, call, await call.readBody())
}

export async function handlePatchScale(context: ApiContext, call: ApiCall): Promise<ApiResult> {
  const patch = await call.readBody()
  const current = scaleOf(findObject(context, call) as Scalable)
  return writeScale(context, call, applyPatch(call.contentType, 'V1Scale', current, patch))
}

function writeScale(context: ApiContext, call: ApiCall, body: Json | undefined): ApiResult {
  const spec = isJsonObject(body) ? body['spec'] : undefined
  const replicas = isJsonObject(spec) ? (spec['replicas'] ?? 0) : 0
  if (typeof replicas !== 'number') {
    throw badRequest(
      `Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal ${typeof replicas} into Go struct field ScaleSpec.spec.replicas of type int32`,
    )
  }
  const old = findObject(context, call) as Scalable
  const metadata = isJsonObject(body) && isJsonObject(body['metadata']) ? body['metadata'] : {}
  const resourceVersion = typeof metadata['resourceVersion'] === 'string' ? metadata['resourceVersion'] : ''
  const next = { ...old, metadata: { ...old.metadata, resourceVersion }, spec: { ...old.spec, replicas } }
  return { code: 200, body: scaleOf(replaceObject(context, call, old, next, readDryRun(call.query)) as Scalable) }
}

function scaleOf({ metadata, spec, status }: Scalable): JsonObject {
  const { name, namespace = '', uid, resourceVersion, creationTimestamp } = metadata
  const selector = formatSelector(spec.selector)
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec.replicas ?? 0 },
    status: { replicas: status?.replicas ?? 0, selector: selector === '<none>' ? '' : selector },
  }
}
