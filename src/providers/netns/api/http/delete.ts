import { DecodeError, decodeModel } from '../schema/decode.ts'
import { selectionOf } from '../select/selection.ts'
import { badRequest, conflict } from '../status-error.ts'
import type { KubeObject } from '../types.ts'
import type { ApiCall, ApiContext, ApiResult } from './api-call.ts'
import { findObject } from './list.ts'
import { renderList } from './render.ts'
import { readDryRun } from './write-options.ts'

export interface DeleteRequest {
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: string
  readonly orphanDependents?: boolean
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly dryRun?: readonly string[]
}

const policies = ['Background', 'Foreground', 'Orphan']

export async function handleDelete(context: ApiContext, call: ApiCall): Promise<ApiResult> {
  const options = await readDeleteOptions(call)
  return deleteOne(context, call, findObject(context, call), options)
}

/** Deletes an object under the options and answers as DELETE does. */
export function deleteOne({ store }: ApiContext, call: ApiCall, object: KubeObject, options: DeleteRequest): ApiResult {
  const { definition } = call
  checkPreconditions(call, object, options)
  const { object: last, gone } = store.deleteObject(definition.resource, object, {
    gracePeriodSeconds: options.gracePeriodSeconds,
    finalizer: finalizerOf(options),
    dryRun: isDryRun(call, options),
  })
  if (!gone || definition.resource === 'pods') return { code: 200, body: last }
  const { name, uid } = last.metadata
  const details = {
    name,
    ...(definition.group === '' ? {} : { group: definition.group }),
    kind: definition.resource,
    uid,
  }
  return { code: 200, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } }
}

export async function handleDeleteCollection(context: ApiContext, call: ApiCall): Promise<ApiResult> {
  const { store } = context
  const { definition, query, format } = call
  const options = await readDeleteOptions(call)
  const selected = store
    .list(definition.resource, call.namespace)
    .filter(selectionOf(query, definition, call.namespace))
  const deleted = selected.map((object) =>
    store.deleteObject(definition.resource, object, {
      gracePeriodSeconds: options.gracePeriodSeconds,
      finalizer: finalizerOf(options),
      dryRun: isDryRun(call, options),
    }),
  )
  const metadata = { resourceVersion: String(store.revision) }
  const items = deleted.map(({ object }) => object)
  return { code: 200, body: renderList(definition, items, metadata, format, query) }
}

/** The options in the body, or else in the query. @throws StatusError 400 */
async function readDeleteOptions({ query, readBody }: Pick<ApiCall, 'query' | 'readBody'>): Promise<DeleteRequest> {
  const options: { -readonly [Key in keyof DeleteRequest]: DeleteRequest[Key] } = {}
  const grace = query.get('gracePeriodSeconds')
  if (grace !== null) options.gracePeriodSeconds = Number(grace)
  const policy = query.get('propagationPolicy')
  if (policy !== null) options.propagationPolicy = policy
  try {
    Object.assign(options, decodeModel('V1DeleteOptions', (await readBody()) ?? {}).object)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw badRequest(`DeleteOptions in version "v1" cannot be handled as DeleteOptions: ${error.message}`)
  }
  if (options.propagationPolicy !== undefined && !policies.includes(options.propagationPolicy)) {
    const choices = policies.map((choice) => JSON.stringify(choice)).join(', ')
    throw badRequest(
      `invalid propagationPolicy ${JSON.stringify(options.propagationPolicy)}: supported values: ${choices}`,
    )
  }
  if (options.gracePeriodSeconds !== undefined && !Number.isInteger(options.gracePeriodSeconds)) {
    throw badRequest(`invalid gracePeriodSeconds ${JSON.stringify(grace)}: must be a whole number`)
  }
  return options
}

function isDryRun({ query }: ApiCall, options: DeleteRequest): boolean {
  return readDryRun(query) || (options.dryRun ?? []).includes('All')
}

function finalizerOf({ propagationPolicy, orphanDependents }: DeleteRequest): string | undefined {
  if (propagationPolicy === 'Foreground') return 'foregroundDeletion'
  return propagationPolicy === 'Orphan' || orphanDependents === true ? 'orphan' : undefined
}

function checkPreconditions({ definition }: ApiCall, { metadata }: KubeObject, { preconditions }: DeleteRequest): void {
  const { uid, resourceVersion } = preconditions ?? {}
  if (uid !== undefined && uid !== metadata.uid) {
    throw conflict(
      definition,
      metadata.name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`,
    )
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`
    throw conflict(definition, metadata.name, why)
  }
}
