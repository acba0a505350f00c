import { isDeepStrictEqual } from 'node:util'
import { badRequest, StatusError } from '../status-error.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire.ts'

const operations = ['add', 'remove', 'replace', 'move', 'copy', 'test']

/**
 * RFC 6902.
 * @throws StatusError 400 for an operation of the wrong form, 422 for one that does not apply.
 */
export function applyJsonPatch(target: Json, patch: readonly Json[]): Json {
  const root = { value: structuredClone(target) }
  for (const [index, operation] of patch.entries()) {
    if (
      !isJsonObject(operation) ||
      typeof operation['path'] !== 'string' ||
      !operations.includes(textOf(operation['op']))
    ) {
      throw badRequest(`error decoding patch: operation ${index} needs an "op" (${operations.join(', ')}) and a "path"`)
    }
    applyOperation(root, operation, operation['path'])
  }
  return root.value
}

function applyOperation(root: { value: Json }, operation: JsonObject, path: string): void {
  const from = typeof operation['from'] === 'string' ? operation['from'] : ''
  switch (operation['op']) {
    case 'add':
      return put(root, path, needValue(operation), 'add')
    case 'replace':
      read(root.value, path, 'replace')
      return put(root, path, needValue(operation), 'replace')
    case 'remove':
      return remove(root, path)
    case 'copy':
      return put(root, path, structuredClone(read(root.value, from, 'copy')), 'add')
    case 'move': {
      const value = read(root.value, from, 'move')
      remove(root, from)
      return put(root, path, value, 'add')
    }
    default:
      if (
        !isDeepStrictEqual(tryRead(root.value, path), operation['value'] ?? undefined) &&
        !(operation['value'] === null && tryRead(root.value, path) === undefined)
      ) {
        throw cannotApply(`testing value ${path} failed`)
      }
  }
}

function needValue(operation: JsonObject): Json {
  const { value } = operation
  if (value === undefined)
    throw badRequest(`error decoding patch: ${textOf(operation['op'])} ${textOf(operation['path'])} needs a "value"`)
  return structuredClone(value)
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function segmentsOf(path: string): string[] {
  if (path === '') return []
  if (!path.startsWith('/')) throw cannotApply(`path ${JSON.stringify(path)} does not begin with a slash`)
  return path
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function tryRead(value: Json, path: string): Json | undefined {
  let at: Json | undefined = value
  for (const segment of segmentsOf(path)) at = childOf(at, segment)
  return at
}

function childOf(parent: Json | undefined, segment: string): Json | undefined {
  if (Array.isArray(parent)) return /^\d+$/.test(segment) ? parent[Number(segment)] : undefined
  return isJsonObject(parent) && Object.hasOwn(parent, segment) ? parent[segment] : undefined
}

function read(value: Json, path: string, operation: string): Json {
  const found = tryRead(value, path)
  if (found === undefined)
    throw cannotApply(`${operation} operation does not apply: doc is missing path: ${path}: missing value`)
  return found
}

function put(root: { value: Json }, path: string, value: Json, operation: 'add' | 'replace'): void {
  const segments = segmentsOf(path)
  const last = segments.pop()
  if (last === undefined) {
    root.value = value
    return
  }
  const parent = tryRead(root.value, path.slice(0, path.lastIndexOf('/')))
  if (Array.isArray(parent)) putItem(parent, last, value, operation, path)
  else if (isJsonObject(parent)) parent[last] = value
  else
    throw cannotApply(
      `${operation} operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`,
    )
}

function putItem(list: Json[], segment: string, value: Json, operation: 'add' | 'replace', path: string): void {
  const index = segment === '-' ? list.length : Number(segment)
  if (!Number.isInteger(index) || index < 0 || index > list.length) {
    throw cannotApply(
      `${operation} operation does not apply: doc is missing path: ${JSON.stringify(path)}: invalid index referenced`,
    )
  }
  list.splice(index, operation === 'add' ? 0 : 1, value)
}

function remove(root: { value: Json }, path: string): void {
  read(root.value, path, 'remove')
  const parent = tryRead(root.value, path.slice(0, path.lastIndexOf('/')))
  const last = segmentsOf(path).at(-1) ?? ''
  if (Array.isArray(parent)) parent.splice(Number(last), 1)
  else if (isJsonObject(parent)) delete parent[last]
}

function cannotApply(message: string): StatusError {
  return new StatusError(422, 'Invalid', `the server rejected our request due to an error in our request: ${message}`, {
    causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }],
  })
}
