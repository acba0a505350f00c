import { writeMessage } from '../protobuf/wire-writer.ts'
import type { ResourceDefinition } from '../resources/definition.ts'
import { schemasOf } from './openapi-schemas.ts'

type Schema = Readonly<Record<string, unknown>>

/** What kubectl accepts, and what it is answered: an `@` is not allowed in a Content-Type. */
export const openApiV2Types = {
  accepted: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
  returned: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
} as const

/**
 * OpenAPI v2, in the protobuf of github.com/google/gnostic (openapiv2/OpenAPIv2.proto), the one form that kubectl reads it in:
 * it validates `kind: List` by it, and everything before version 1.29. Definitions only, without paths and descriptions.
 */
export function openApiV2(definitions: readonly ResourceDefinition[], version: string): Buffer {
  const named = Object.entries(schemasOf(definitions, {})).map(([name, schema]) => namedSchema(name, schema))
  const info = writeMessage([
    [1, 'Kubernetes'],
    [2, version],
  ])
  return writeMessage([
    [1, '2.0'],
    [2, info],
    [8, Buffer.alloc(0)],
    [9, writeMessage(named.map((entry) => [1, entry]))],
  ])
}

function namedSchema(name: string, schema: Schema): Buffer {
  return writeMessage([
    [1, name],
    [2, encodeSchema(schema)],
  ])
}

function encodeSchema(schema: Schema): Buffer {
  const [reference] = Array.isArray(schema['allOf']) ? (schema['allOf'] as Schema[]) : []
  if (reference !== undefined) return writeMessage([[1, referenceOf(reference)]])
  // Version 2 has no oneOf; what may be several things is a string, which kubectl lets be anything.
  const type = schema['oneOf'] === undefined ? schema['type'] : 'string'
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>)
  const items = schema['items'] as Schema | undefined
  const values = schema['additionalProperties'] as Schema | undefined
  const required = (schema['required'] ?? []) as readonly string[]
  return writeMessage([
    [2, schema['format'] as string | undefined],
    ...required.map((name) => [19, name] as const),
    [21, values && writeMessage([[1, encodeSchema(values)]])],
    [22, typeof type === 'string' ? writeMessage([[1, type]]) : undefined],
    [23, items && writeMessage([[1, encodeSchema(items)]])],
    [
      25,
      properties.length === 0
        ? undefined
        : writeMessage(properties.map(([name, value]) => [1, namedSchema(name, value)])),
    ],
    ...Object.entries(schema)
      .filter(([name]) => name.startsWith('x-kubernetes-'))
      .map(([name, value]) => [31, extension(name, value)] as const),
  ])
}

function referenceOf(schema: Schema): string {
  return String(schema['$ref']).replace('#/components/schemas/', '#/definitions/')
}

/** Gnostic keeps extensions as YAML text, and JSON is YAML. */
function extension(name: string, value: unknown): Buffer {
  return writeMessage([
    [1, name],
    [2, writeMessage([[2, JSON.stringify(value)]])],
  ])
}
