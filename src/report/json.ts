import type { Run } from './model.ts'

/** `run.json`: the run model as it is. */
export function renderJson(run: Run): string {
  return `${JSON.stringify(run, undefined, 2)}\n`
}
