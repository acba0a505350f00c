import { isDeepStrictEqual } from 'node:util'
import { applyConfiguration } from '../apply/apply-configuration.ts'
import { fieldPathsOf } from '../apply/field-paths.ts'
import { readManagers, writeManagers } from '../apply/managers.ts'
import { badRequest, notFound, StatusError } from '../status-error.ts'
import { timestamp } from '../store/names.ts'
import type { KubeObject } from '../types.ts'
import type { Json, JsonObject } from '../wire.ts'
import type { ApiCall, ApiContext, ApiResult } from './api-call.ts'
import { managerOf } from './managed-fields.ts'
import { renderObject } from './render.ts'
import { replaceObject } from './update.ts'
import { checkPlace, decodeForRequest } from './write-options.ts'

/** A PATCH of type `application/apply-patch+yaml`. An object that does not exist is created. */
export function handleApply(context: ApiContext, call: ApiCall, patch: Json, dryRun: boolean): ApiResult {
  const { store } = context
  const { definition, namespace, name = '', query, format } = call
  if ((query.get('fieldManager') ?? '') === '') throw managerRequired()
  const { object: configuration, warnings } = decodeForRequest(definition, patch, query)
  checkPlace(configuration, call)
  // The status is written through its own subresource alone.
  if (definition.hasStatus && call.subresource !== 'status') Reflect.deleteProperty(configuration, 'status')
  if ('managedFields' in configuration.metadata) {
    throw badRequest('metadata.managedFields must be nil')
  }
  const live = store.get(definition.resource, namespace, name)
  const manager = managerOf(call, 'Apply')
  if (live === undefined) {
    if (call.subresource !== undefined) throw notFound(definition, name)
    const paths = new Set(fieldPathsOf(definition.model, configuration as unknown as JsonObject).keys())
    const finish = (draft: KubeObject): void => writeManagers(draft, [{ ...manager, time: timestamp(), paths }])
    const created = store.create(definition.resource, configuration, { dryRun, finish })
    return { code: 201, body: renderObject(definition, created, format, query), warnings }
  }
  const { object, managers } = applyConfiguration(
    definition.model,
    live,
    configuration,
    manager,
    ['true', '1'].includes(query.get('force') ?? ''),
  )
  const resourceVersion = configuration.metadata.resourceVersion ?? ''
  const next = { ...object, metadata: { ...object.metadata, resourceVersion } }
  const finish = (draft: KubeObject): void => {
    if (!isDeepStrictEqual(managers, readManagers(live))) writeManagers(draft, managers)
  }
  const updated = replaceObject(context, call, live, next, dryRun, finish)
  return { code: 200, body: renderObject(definition, updated, format, query), warnings }
}

function managerRequired(): StatusError {
  const message = 'Required value: is required for apply patch'
  return new StatusError(422, 'Invalid', `PatchOptions.meta.k8s.io "" is invalid: fieldManager: ${message}`, {
    group: 'meta.k8s.io',
    kind: 'PatchOptions',
    causes: [{ reason: 'FieldValueRequired', message, field: 'fieldManager' }],
  })
}
