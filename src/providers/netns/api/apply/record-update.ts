import { isDeepStrictEqual } from 'node:util'
import { timestamp } from '../store/names.ts'
import type { KubeObject } from '../types.ts'
import type { JsonObject } from '../wire.ts'
import { type FieldPath, fieldPathsOf } from './field-paths.ts'
import { isSameManager, type Manager, readManagers, writeManagers } from './managers.ts'

/**
 * Notes in `metadata.managedFields` that a manager changed an object by an ordinary write: what it added or changed is its
 * own now and no longer anyone else's; what it removed is nobody's.
 * @param isOwn whether a path belongs to what this request may write (the status, or all but it).
 */
export function recordChanges(
  model: string,
  old: KubeObject | undefined,
  draft: KubeObject,
  manager: Manager,
  isOwn: (path: FieldPath) => boolean,
): void {
  const before = old === undefined ? new Map() : fieldPathsOf(model, old as unknown as JsonObject)
  const after = fieldPathsOf(model, draft as unknown as JsonObject)
  const changed = [...after]
    .filter(([path, value]) => isOwn(path) && !(before.has(path) && isDeepStrictEqual(before.get(path), value)))
    .map(([path]) => path)
  const removed = new Set([...before.keys()].filter((path) => isOwn(path) && !after.has(path)))
  if (changed.length === 0 && removed.size === 0) return
  const taken = new Set(changed)
  const entries = readManagers(draft)
  const others = entries
    .filter((entry) => !isSameManager(entry, manager))
    .map((entry) => ({ ...entry, paths: without(entry.paths, (path) => taken.has(path) || removed.has(path)) }))
  const mine = entries.find((entry) => isSameManager(entry, manager))
  const paths = new Set([...without(mine?.paths ?? new Set(), (path) => removed.has(path)), ...changed])
  writeManagers(draft, [...others, { ...manager, time: timestamp(), paths }])
}

export function without(paths: ReadonlySet<FieldPath>, drops: (path: FieldPath) => boolean): Set<FieldPath> {
  return new Set([...paths].filter((path) => !drops(path)))
}
