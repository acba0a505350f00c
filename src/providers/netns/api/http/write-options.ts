import type { ResourceDefinition } from '../resources/definition.ts'
import { decodeObject } from '../schema/decode-object.ts'
import { badRequest, StatusError } from '../status-error.ts'
import type { KubeObject } from '../types.ts'
import { isJsonObject, type Json } from '../wire.ts'
import type { ApiCall } from './api-call.ts'

const directives = ['Ignore', 'Strict', 'Warn']

/** Whether the request asks for `dryRun=All`. @throws StatusError 400 for any other value. */
export function readDryRun(query: URLSearchParams): boolean {
  const values = query.getAll('dryRun').filter((value) => value !== '')
  if (values.some((value) => value !== 'All')) {
    throw invalidOption('dryRun', values.find((value) => value !== 'All') ?? '', ['All'])
  }
  return values.length > 0
}

/**
 * Reads an object from a request, applying `fieldValidation`.
 * @param what how the message names the object: `Pod in version "v1" cannot be handled as a Pod`.
 * @throws StatusError 400 for wrong types, and for unknown fields under `Strict`.
 */
export function decodeForRequest(
  definition: ResourceDefinition,
  value: Json | undefined,
  query: URLSearchParams,
  what = `${definition.kind} in version "${definition.version}" cannot be handled as a ${definition.kind}: `,
): { object: KubeObject; warnings: readonly string[] } {
  const directive = query.get('fieldValidation') || 'Warn'
  if (!directives.includes(directive)) throw invalidOption('fieldValidation', directive, directives)
  if (!isJsonObject(value)) throw badRequest('the request has no object in its body')
  const { object, unknownFields } = decodeObject(definition, value)
  const texts = unknownFields.map((field) => `unknown field ${JSON.stringify(field)}`)
  if (directive === 'Strict' && texts.length > 0) throw badRequest(`${what}strict decoding error: ${texts.join(', ')}`)
  return { object, warnings: directive === 'Warn' ? texts : [] }
}

/** Checks that the object belongs where the request goes. @throws StatusError 400 */
export function checkPlace(object: KubeObject, { definition, namespace, name }: ApiCall): void {
  const { metadata } = object
  if (definition.namespaced && namespace !== undefined) {
    if (metadata.namespace !== undefined && metadata.namespace !== '' && metadata.namespace !== namespace) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
    }
    metadata.namespace = namespace
  }
  if (name === undefined) return
  if (metadata.name !== undefined && metadata.name !== '' && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
  }
  metadata.name = name
}

function invalidOption(field: string, value: string, supported: readonly string[]): StatusError {
  const choices = supported.map((choice) => JSON.stringify(choice)).join(', ')
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${choices}`
  return new StatusError(422, 'Invalid', `CreateOptions.meta.k8s.io "" is invalid: ${field}: ${message}`, {
    group: 'meta.k8s.io',
    kind: 'CreateOptions',
    causes: [{ reason: 'FieldValueNotSupported', message, field }],
  })
}
