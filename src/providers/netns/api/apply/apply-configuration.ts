import { modelOf } from '../schema/model.ts'
import { timestamp } from '../store/names.ts'
import type { KubeObject } from '../types.ts'
import type { JsonObject } from '../wire.ts'
import { type FieldPath, fieldPathsOf } from './field-paths.ts'
import { conflictError, findConflicts } from './find-conflicts.ts'
import { isSameManager, type Manager, type ManagerEntry, readManagers } from './managers.ts'
import { mergeApplied, removePaths } from './merge-applied.ts'
import { without } from './record-update.ts'

interface Applied {
  readonly object: KubeObject
  /** What `metadata.managedFields` is to say of the result. */
  readonly managers: readonly ManagerEntry[]
}

/**
 * Server-side apply: lays a manager's configuration over the live object, takes away what the manager applied before, does
 * not apply any more, and nobody else manages.
 * @throws StatusError 409 when it would change what others manage, unless forced.
 */
export function applyConfiguration(
  model: string,
  live: KubeObject,
  configuration: KubeObject,
  manager: Manager,
  force: boolean,
): Applied {
  const type = modelOf(model)
  if (type === undefined) throw new Error(`no model ${model}`)
  const applied = fieldPathsOf(model, configuration as unknown as JsonObject)
  const entries = readManagers(live)
  const mine = entries.find((entry) => isSameManager(entry, manager))
  const others = entries.filter((entry) => entry !== mine)
  const conflicts = findConflicts(applied, fieldPathsOf(model, live as unknown as JsonObject), others)
  if (conflicts.length > 0 && !force) throw conflictError(conflicts)

  const isLost = (entry: ManagerEntry, path: FieldPath): boolean =>
    conflicts.some((conflict) => conflict.with === entry && conflict.path === path)
  const kept = others.map((entry) => ({ ...entry, paths: without(entry.paths, (path) => isLost(entry, path)) }))
  const object = structuredClone(
    mergeApplied(type, live as unknown as JsonObject, configuration as unknown as JsonObject),
  )
  const abandoned = without(
    mine?.paths ?? new Set(),
    (path) => applied.has(path) || kept.some((entry) => isHeld(entry, path)),
  )
  removePaths(type, object, abandoned)
  return {
    object: object as unknown as KubeObject,
    managers: [...kept, entryFor(manager, mine, new Set(applied.keys()))],
  }
}

/** A list item stays while anyone manages something in it. */
function isHeld({ paths }: ManagerEntry, path: FieldPath): boolean {
  return paths.has(path) || [...paths].some((other) => other.startsWith(`${path}\u0000`))
}

function entryFor(manager: Manager, mine: ManagerEntry | undefined, paths: Set<FieldPath>): ManagerEntry {
  const isSame =
    mine !== undefined && mine.paths.size === paths.size && [...paths].every((path) => mine.paths.has(path))
  return isSame ? mine : { ...manager, time: timestamp(), paths }
}
