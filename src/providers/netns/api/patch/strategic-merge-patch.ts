import { type Field, fieldOf, modelOf } from '../schema/model.ts'
import { badRequest } from '../status-error.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire.ts'
import { applyListOrder } from './list-order.ts'
import { applyMergePatch } from './merge-patch.ts'

const DIRECTIVE = '$patch'
const RETAIN_KEYS = '$retainKeys'
const ORDER_PREFIX = '$setElementOrder/'
const DELETE_PREFIX = '$deleteFromPrimitiveList/'

/**
 * A strategic merge patch (k8s.io/apimachinery/pkg/util/strategicpatch): lists with a merge key are merged by it;
 * `$patch: delete` and `replace`, `$retainKeys`, `$setElementOrder/X` and `$deleteFromPrimitiveList/X` are understood.
 */
export function applyStrategicMergePatch(model: string, target: Json, patch: JsonObject): Json {
  return mergeObject(model, isJsonObject(target) ? target : {}, patch)
}

function mergeObject(type: string | undefined, target: JsonObject, patch: JsonObject): JsonObject {
  const directive = patch[DIRECTIVE]
  if (directive === 'replace') return withoutDirectives(patch)
  if (directive === 'delete') return {}
  if (directive !== undefined && directive !== 'merge')
    throw badRequest(`Unknown patch type found: ${JSON.stringify(directive)}`)
  const model = type === undefined ? undefined : modelOf(type)
  const result = { ...target }
  retainKeys(result, patch)
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue
    const field = model === undefined ? undefined : fieldOf(model, key)
    if (value === null) delete result[key]
    else result[key] = mergeField(field, result[key], value, patch, key)
  }
  applyLoneListDirectives(model === undefined ? undefined : (key) => fieldOf(model, key), result, patch)
  return result
}

function mergeField(
  field: Field | undefined,
  target: Json | undefined,
  value: Json,
  patch: JsonObject,
  key: string,
): Json {
  if (isJsonObject(value)) {
    const type = field?.of === undefined ? field?.type : undefined
    if (field?.type === 'any') return applyMergePatch(target, value)
    return mergeObject(type, isJsonObject(target) ? target : {}, value)
  }
  if (!Array.isArray(value) || field?.of !== 'list') return value
  const before = Array.isArray(target) ? target : []
  const order = patch[ORDER_PREFIX + key]
  if (field.mergeKey !== undefined) {
    const merged = mergeList(field.type, field.mergeKey, before, value)
    return Array.isArray(order) ? applyListOrder(merged, order, field.mergeKey) : merged
  }
  if (field.mergePrimitive !== true) return value
  const removed = patch[DELETE_PREFIX + key]
  const kept = before.filter((item) => !(Array.isArray(removed) && removed.includes(item)))
  const merged = [...kept, ...value.filter((item) => !kept.includes(item))]
  return Array.isArray(order) ? applyListOrder(merged, order, undefined) : merged
}

function mergeList(type: string, mergeKey: string, before: readonly Json[], patch: readonly Json[]): Json[] {
  const items = patch.filter(isJsonObject)
  const replaces = items.some((item) => item[DIRECTIVE] === 'replace' && item[mergeKey] === undefined)
  let result: Json[] = replaces ? [] : [...before]
  for (const item of items) {
    const keyValue = item[mergeKey]
    if (keyValue === undefined) {
      if (item[DIRECTIVE] === 'replace') continue
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`)
    }
    const index = result.findIndex((other) => isJsonObject(other) && other[mergeKey] === keyValue)
    const existing = result[index]
    if (item[DIRECTIVE] === 'delete')
      result = result.filter((other) => !isJsonObject(other) || other[mergeKey] !== keyValue)
    else if (isJsonObject(existing)) result[index] = mergeObject(type, existing, item)
    else result.push(mergeObject(type, {}, item))
  }
  return result
}

/** Directives for lists that the patch does not otherwise touch. */
function applyLoneListDirectives(
  fieldNamed: ((key: string) => Field | undefined) | undefined,
  result: JsonObject,
  patch: JsonObject,
): void {
  for (const [directive, value] of Object.entries(patch)) {
    const key = directive.slice(directive.indexOf('/') + 1)
    const list = result[key]
    if (Object.hasOwn(patch, key) || !Array.isArray(value) || !Array.isArray(list)) continue
    if (directive.startsWith(DELETE_PREFIX)) result[key] = list.filter((item) => !value.includes(item))
    else if (directive.startsWith(ORDER_PREFIX)) result[key] = applyListOrder(list, value, fieldNamed?.(key)?.mergeKey)
  }
}

function retainKeys(result: JsonObject, patch: JsonObject): void {
  const kept = patch[RETAIN_KEYS]
  if (!Array.isArray(kept)) return
  for (const key of Object.keys(result)) if (!kept.includes(key)) delete result[key]
}

function withoutDirectives(patch: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(patch).filter(([key, value]) => !key.startsWith('$') && value !== null))
}
