import { apiVersionOf, type ResourceDefinition } from '../resources/definition.ts'
import { type Field, type Model, modelOf, structNameOf } from '../schema/model.ts'

/** Texts of a model and of its fields, as the generated file holds them. */
export type Descriptions = Readonly<
  Record<string, { readonly text: string; readonly fields: Readonly<Record<string, string>> }>
>

type Schema = Record<string, unknown>

const scalars: Readonly<Record<string, Schema>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  time: { type: 'string', format: 'date-time' },
  microtime: { type: 'string', format: 'date-time' },
  bytes: { type: 'string', format: 'byte' },
  quantity: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  intstr: { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' },
  any: { type: 'object' },
}

/** The name of a model among the schemas of an OpenAPI document. */
function schemaNameOf(model: string): string {
  return `io.k8s.api.${model.startsWith('V1') ? '' : `${model.slice(0, model.indexOf('V1')).toLowerCase()}.`}v1.${structNameOf(model)}`
}

/** The schemas of some resources and of all that they refer to. */
export function schemasOf(
  definitions: readonly ResourceDefinition[],
  descriptions: Descriptions,
): Record<string, Schema> {
  const schemas: Record<string, Schema> = {}
  const waiting = definitions.map(({ model }) => model)
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const model = modelOf(name)
    if (model === undefined || schemaNameOf(name) in schemas) continue
    schemas[schemaNameOf(name)] = schemaOf(name, model, descriptions)
    waiting.push(...Object.values(model.fields).map((field) => field.type))
  }
  for (const definition of definitions) {
    const schema = schemas[schemaNameOf(definition.model)]
    if (schema !== undefined) schema['x-kubernetes-group-version-kind'] = [groupVersionKindOf(definition)]
  }
  return schemas
}

export function groupVersionKindOf(definition: ResourceDefinition): Schema {
  const { group, version, kind } = definition
  return { group, version, kind }
}

function schemaOf(name: string, model: Model, descriptions: Descriptions): Schema {
  const texts = descriptions[name]
  const entries = Object.entries(model.fields)
  const required = entries.filter(([, field]) => field.required === true).map(([key]) => key)
  return {
    ...(texts?.text ? { description: texts.text } : {}),
    type: 'object',
    properties: Object.fromEntries(entries.map(([key, field]) => [key, propertyOf(field, texts?.fields[key])])),
    ...(required.length > 0 ? { required } : {}),
    ...(model.atomic === true ? { 'x-kubernetes-map-type': 'atomic' } : {}),
  }
}

function propertyOf(field: Field, description: string | undefined): Schema {
  const item =
    modelOf(field.type) === undefined
      ? { ...scalars[field.type] }
      : { allOf: [{ $ref: refOf(field.type) }], default: {} }
  const about = description === undefined ? {} : { description }
  if (field.of === 'list') return { ...about, type: 'array', items: item, ...listExtensions(field) }
  if (field.of === 'map-of-lists') {
    return { ...about, type: 'object', additionalProperties: { type: 'array', items: item } }
  }
  if (field.of === 'map') {
    return {
      ...about,
      type: 'object',
      additionalProperties: item,
      ...(field.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    }
  }
  return { ...about, ...item, ...(field.retainKeys ? { 'x-kubernetes-patch-strategy': 'retainKeys' } : {}) }
}

function listExtensions({ mergeKey, mapKeys, mergePrimitive, set, retainKeys }: Field): Schema {
  const strategy = mergeKey !== undefined || mergePrimitive ? (retainKeys ? 'merge,retainKeys' : 'merge') : undefined
  return {
    'x-kubernetes-list-type': mapKeys !== undefined ? 'map' : set ? 'set' : 'atomic',
    ...(mapKeys === undefined ? {} : { 'x-kubernetes-list-map-keys': mapKeys }),
    ...(mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': mergeKey }),
    ...(strategy === undefined ? {} : { 'x-kubernetes-patch-strategy': strategy }),
  }
}

export function refOf(model: string): string {
  return `#/components/schemas/${schemaNameOf(model)}`
}

/** Where a group version's document lies: `api/v1`, `apis/apps/v1`. */
export function documentPathOf(definition: ResourceDefinition): string {
  return `${definition.group === '' ? 'api' : 'apis'}/${apiVersionOf(definition)}`
}
