import { isDeepStrictEqual } from 'node:util'
import { StatusError } from '../status-error.ts'
import type { Json } from '../wire.ts'
import type { FieldPath } from './field-paths.ts'
import { formatPath } from './fields-v1.ts'
import type { ManagerEntry } from './managers.ts'

export interface Conflict {
  readonly with: ManagerEntry
  readonly path: FieldPath
}

type Values = ReadonlyMap<FieldPath, Json | undefined>

/** Fields that the configuration would change and that someone else manages. */
export function findConflicts(applied: Values, live: Values, others: readonly ManagerEntry[]): Conflict[] {
  const changed = [...applied]
    .filter(([path, value]) => value !== undefined && !isDeepStrictEqual(live.get(path), value))
    .map(([path]) => path)
  return others.flatMap((entry) =>
    changed.filter((path) => entry.paths.has(path)).map((path) => ({ with: entry, path })),
  )
}

/** The 409 that server-side apply answers, naming who manages what. */
export function conflictError(conflicts: readonly Conflict[]): StatusError {
  const count = conflicts.length
  const groups = new Map<string, Conflict[]>()
  for (const conflict of conflicts) {
    const name = describe(conflict.with)
    groups.set(name, [...(groups.get(name) ?? []), conflict])
  }
  const texts = [...groups].map(([name, group]) => {
    const paths = group.map(({ path }) => formatPath(path)).sort()
    return paths.length === 1
      ? `conflict with ${name}: ${paths[0]}`
      : `conflicts with ${name}:\n- ${paths.join('\n- ')}`
  })
  const message = `Apply failed with ${count} conflict${count === 1 ? '' : 's'}: ${texts.join('\n')}`
  const causes = conflicts.map((conflict) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${describe(conflict.with)}`,
    field: formatPath(conflict.path),
  }))
  return new StatusError(409, 'Conflict', message, { causes })
}

function describe({ name, operation, apiVersion, subresource, time }: ManagerEntry): string {
  const below = subresource === '' ? '' : ` with subresource "${subresource}"`
  const at = operation === 'Update' && time !== '' ? ` at ${time}` : ''
  return `"${name}"${below} using ${apiVersion}${at}`
}
