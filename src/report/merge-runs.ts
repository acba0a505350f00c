import type { Run } from './model.ts'

/** A run that is merged, and the folder below the merged report in which its files are then. */
export interface MergedPart {
  readonly run: Run
  readonly folder: string
}

const fileKeys = new Set(['file', 'beforeFile', 'afterFile'])

/**
 * Several runs as one: their scenarios one after the other, those of the same name told apart by a number, their files found in the
 * folders of the parts.
 * @throws Error without parts
 */
export function mergeRuns(parts: readonly MergedPart[], command: readonly string[]): Run {
  const [first] = parts
  if (first === undefined) throw new Error('there is nothing to merge')
  const counts = new Map<string, number>()
  const scenarios = parts.flatMap(({ run, folder }) =>
    run.scenarios.map((scenario) => {
      const count = (counts.get(scenario.name) ?? 0) + 1
      counts.set(scenario.name, count)
      const name = count === 1 ? scenario.name : `${scenario.name} (${count})`
      return { ...moveFiles(scenario, folder), name }
    }),
  )
  const interrupted = parts.map(({ run }) => run.interrupted).find((found) => found !== undefined)
  return {
    schemaVersion: 1,
    tool: first.run.tool,
    runId: `merged-${first.run.runId}`,
    startedAt: parts.map(({ run }) => run.startedAt).sort()[0] ?? first.run.startedAt,
    durationMs: parts.reduce((sum, { run }) => sum + run.durationMs, 0),
    command: [...command],
    environment: commonEnvironment(parts.map(({ run }) => run)),
    ...(interrupted && { interrupted }),
    scenarios,
    problems: parts.flatMap(({ run }) => run.problems.map((problem) => `${run.runId}: ${problem}`)),
  }
}

/** What the machines have in common, and of the rest each value once. */
function commonEnvironment(runs: readonly Run[]): Record<string, string> {
  const names = [...new Set(runs.flatMap(({ environment }) => Object.keys(environment)))]
  const values = (name: string): string[] => runs.flatMap(({ environment }) => environment[name] ?? [])
  return Object.fromEntries(names.map((name) => [name, [...new Set(values(name))].join('; ')]))
}

function moveFiles<T>(value: T, folder: string): T {
  if (Array.isArray(value)) return value.map((item) => moveFiles(item as unknown, folder)) as T
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => {
    const isFile = fileKeys.has(key) && typeof inner === 'string'
    return [key, isFile ? `${folder}/${inner}` : moveFiles(inner as unknown, folder)]
  })
  return Object.fromEntries(entries) as T
}
