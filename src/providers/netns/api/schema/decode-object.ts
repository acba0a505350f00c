import { apiVersionOf, type ResourceDefinition } from '../resources/definition.ts'
import { badRequest } from '../status-error.ts'
import type { KubeObject } from '../types.ts'
import { isJsonObject, type Json } from '../wire.ts'
import { DecodeError, decodeModel } from './decode.ts'

interface DecodedObject {
  readonly object: KubeObject
  readonly unknownFields: readonly string[]
}

/**
 * Reads a request's object as the resource's kind; apiVersion and kind may be left out.
 * @throws StatusError 400 when it is of another kind, or a field has the wrong type.
 */
export function decodeObject(definition: ResourceDefinition, value: unknown): DecodedObject {
  const { kind } = definition
  const apiVersion = apiVersionOf(definition)
  if (!isJsonObject(value)) throw badRequest(`the object provided is not a JSON object (expected a ${kind})`)
  const given = { apiVersion: textOf(value['apiVersion']) || apiVersion, kind: textOf(value['kind']) || kind }
  if (given.apiVersion !== apiVersion || given.kind !== kind) {
    if (given.apiVersion !== apiVersion) {
      throw badRequest(
        `the API version in the data (${given.apiVersion}) does not match the expected API version (${apiVersion})`,
      )
    }
    const { version } = definition
    throw badRequest(
      `${given.kind} in version "${version}" cannot be handled as a ${kind}: converting (${version}.${given.kind}) to (${version}.${kind}): unknown conversion`,
    )
  }
  try {
    const { object, unknownFields } = decodeModel(definition.model, value)
    const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {}
    const whole = { ...object, apiVersion, kind, metadata } as unknown as KubeObject
    return { object: orderedLikeKubernetes(whole), unknownFields }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw badRequest(`${kind} in version "${definition.version}" cannot be handled as a ${kind}: ${error.message}`)
  }
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function orderedLikeKubernetes(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata, ...rest } = object
  return { kind, apiVersion, metadata, ...rest }
}
