import { type Field, fieldOf, type Model, modelOf } from '../schema/model.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire.ts'
import { type FieldPath, keyElement, type PathElement, splitPath } from './field-paths.ts'

/** The live object with the applied configuration laid over it, field by field. */
export function mergeApplied(model: Model, live: JsonObject, applied: JsonObject): JsonObject {
  const result = { ...live }
  for (const [name, value] of Object.entries(applied)) {
    const field = fieldOf(model, name)
    result[name] = field === undefined ? value : mergeField(field, live[name], value)
  }
  return result
}

function mergeField(field: Field, live: Json | undefined, applied: Json): Json {
  const model = modelOf(field.type)
  if (live === undefined || field.atomic === true) return applied
  if (Array.isArray(applied)) return mergeList(field, Array.isArray(live) ? live : [], applied)
  if (!isJsonObject(applied) || !isJsonObject(live)) return applied
  if (field.of !== undefined) return { ...live, ...applied }
  return model === undefined || model.atomic === true ? applied : mergeApplied(model, live, applied)
}

function mergeList(field: Field, live: readonly Json[], applied: readonly Json[]): Json[] {
  const model = modelOf(field.type)
  const { mapKeys } = field
  if (mapKeys === undefined || model === undefined) {
    return field.set === true ? [...live, ...applied.filter((item) => !live.includes(item))] : [...applied]
  }
  const rest = new Map(applied.filter(isJsonObject).map((item) => [keyElement(mapKeys, item), item]))
  const merged = live.filter(isJsonObject).map((item) => {
    const key = keyElement(mapKeys, item)
    const overlay = rest.get(key)
    rest.delete(key)
    return overlay === undefined ? item : mergeApplied(model, item, overlay)
  })
  return [...merged, ...rest.values()]
}

/** Takes fields away from a draft; list items and map entries too. What is not there is left alone. */
export function removePaths(model: Model, draft: JsonObject, paths: Iterable<FieldPath>): void {
  for (const path of paths) removeAt(model, draft, splitPath(path))
}

function removeAt(model: Model | undefined, parent: JsonObject, [element = '', ...rest]: readonly PathElement[]): void {
  const name = element.slice(2)
  const field = model === undefined ? undefined : fieldOf(model, name)
  const value = parent[name]
  if (value === undefined) return
  if (rest.length === 0) {
    delete parent[name]
    return
  }
  if (Array.isArray(value) && field !== undefined) removeItem(field, parent, name, value, rest)
  else if (isJsonObject(value)) {
    removeAt(field?.of === undefined ? modelOf(field?.type ?? '') : undefined, value, rest)
    if (Object.keys(value).length === 0) delete parent[name]
  }
}

function removeItem(
  field: Field,
  parent: JsonObject,
  name: string,
  list: readonly Json[],
  [element = '', ...rest]: readonly PathElement[],
): void {
  const isIt = (item: Json): boolean =>
    element.startsWith('v:')
      ? `v:${JSON.stringify(item)}` === element
      : isJsonObject(item) && keyElement(field.mapKeys ?? [], item) === element
  const item = list.find(isIt)
  if (rest.length > 0 && isJsonObject(item)) {
    removeAt(modelOf(field.type), item, rest)
    return
  }
  const kept = list.filter((other) => !isIt(other))
  if (kept.length === 0) delete parent[name]
  else parent[name] = kept
}
