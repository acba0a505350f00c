import { isJsonObject, type Json, type JsonObject } from '../wire.ts'
import { type FieldPath, joinPath, type PathElement, splitPath } from './field-paths.ts'

/** A set of paths in the form that `metadata.managedFields` holds: nested objects, `.` for a node that is itself a member. */
export function toFieldsV1(paths: Iterable<FieldPath>): JsonObject {
  const root: JsonObject = {}
  const members = new Set(paths)
  for (const path of members) {
    let node = root
    for (const element of splitPath(path)) {
      const child = node[element]
      node = isJsonObject(child) ? child : (node[element] = {})
    }
    node['.'] = {}
  }
  return tidy(root)
}

/** A leaf is `{}`, without the dot. */
function tidy(node: JsonObject): JsonObject {
  const entries = Object.entries(node)
  if (entries.length === 1 && entries[0]?.[0] === '.') return {}
  return Object.fromEntries(
    entries
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, child]) => [key, key === '.' || !isJsonObject(child) ? {} : tidy(child)]),
  )
}

export function fromFieldsV1(fields: Json | undefined): Set<FieldPath> {
  const paths = new Set<FieldPath>()
  if (isJsonObject(fields)) collect(paths, [], fields)
  return paths
}

function collect(paths: Set<FieldPath>, at: readonly PathElement[], node: JsonObject): void {
  const children = Object.entries(node).filter(([key]) => key !== '.')
  if ((children.length === 0 || '.' in node) && at.length > 0) paths.add(joinPath(at))
  for (const [key, child] of children) collect(paths, [...at, key], isJsonObject(child) ? child : {})
}

/** A path as error messages spell it: `.spec.containers[name="web"].image`. */
export function formatPath(path: FieldPath): string {
  return splitPath(path)
    .map((element) => {
      const text = element.slice(2)
      if (element.startsWith('f:')) return `.${text}`
      if (element.startsWith('v:')) return `[=${text}]`
      const keys = Object.entries(JSON.parse(text) as Record<string, unknown>)
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`
    })
    .join('')
}
