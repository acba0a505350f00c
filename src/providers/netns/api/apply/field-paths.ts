import { type Field, fieldOf, type Model, modelOf } from '../schema/model.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire.ts'

/** One step of a path as FieldsV1 spells it: `f:NAME`, `k:{"name":"web"}`, `v:"text"`. */
export type PathElement = string

/** A path as one string, to be a key of maps and sets. */
export type FieldPath = string

const SEPARATOR = '\u0000'

export const joinPath = (elements: readonly PathElement[]): FieldPath => elements.join(SEPARATOR)
export const splitPath = (path: FieldPath): PathElement[] => path.split(SEPARATOR)

/** Fields of the server's own, which nobody manages. */
const unmanaged = new Set(
  [
    ['f:apiVersion'],
    ['f:kind'],
    ...[
      'name',
      'namespace',
      'generateName',
      'uid',
      'resourceVersion',
      'generation',
      'creationTimestamp',
      'selfLink',
    ].map((name) => ['f:metadata', `f:${name}`]),
    ...['deletionTimestamp', 'deletionGracePeriodSeconds', 'managedFields'].map((name) => ['f:metadata', `f:${name}`]),
  ].map(joinPath),
)

/**
 * What an object says, field by field: the value of each leaf (scalars and whatever is owned as a whole), and undefined for
 * what is merely there: each item of a list that is told apart by keys, and objects and lists without content.
 */
export function fieldPathsOf(model: string, value: JsonObject): Map<FieldPath, Json | undefined> {
  const found = new Map<FieldPath, Json | undefined>()
  const type = modelOf(model)
  if (type !== undefined) addModel(found, [], type, value)
  for (const path of unmanaged) found.delete(path)
  return found
}

function addModel(
  found: Map<FieldPath, Json | undefined>,
  at: readonly PathElement[],
  model: Model,
  value: JsonObject,
): void {
  for (const [name, item] of Object.entries(value)) {
    const field = fieldOf(model, name)
    if (field !== undefined) addField(found, [...at, `f:${name}`], field, item)
  }
}

function addField(
  found: Map<FieldPath, Json | undefined>,
  at: readonly PathElement[],
  field: Field,
  value: Json,
): void {
  const model = modelOf(field.type)
  const isWhole = field.atomic === true || (field.of === undefined && (model === undefined || model.atomic === true))
  const size = isJsonObject(value) ? Object.keys(value).length : Array.isArray(value) ? value.length : 0
  if (isWhole) found.set(joinPath(at), value)
  else if (size === 0) found.set(joinPath(at), undefined)
  else if (Array.isArray(value)) addList(found, at, field, value)
  else if (!isJsonObject(value)) found.set(joinPath(at), value)
  else if (field.of === undefined && model !== undefined) addModel(found, at, model, value)
  else for (const [key, item] of Object.entries(value)) found.set(joinPath([...at, `f:${key}`]), item)
}

function addList(
  found: Map<FieldPath, Json | undefined>,
  at: readonly PathElement[],
  field: Field,
  list: readonly Json[],
): void {
  const model = modelOf(field.type)
  if (field.mapKeys !== undefined && model !== undefined) {
    for (const item of list) {
      if (!isJsonObject(item)) continue
      const element = keyElement(field.mapKeys, item)
      found.set(joinPath([...at, element]), undefined)
      addModel(found, [...at, element], model, item)
    }
  } else if (field.set === true)
    for (const item of list) found.set(joinPath([...at, `v:${JSON.stringify(item)}`]), item)
  else found.set(joinPath(at), [...list])
}

/** How an item of an associative list is named. A port that does not say its protocol is a TCP port. */
export function keyElement(mapKeys: readonly string[], item: JsonObject): PathElement {
  const keys = mapKeys.toSorted().flatMap((key) => {
    const value = item[key] ?? (key === 'protocol' ? 'TCP' : undefined)
    return value === undefined ? [] : [[key, value] as const]
  })
  return `k:${JSON.stringify(Object.fromEntries(keys))}`
}
