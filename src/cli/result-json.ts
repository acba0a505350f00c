import { statusOf } from '../report/summary.ts'
import type { RunOutcome } from './engine.ts'

/**
 * What `run` and `prove` print with `--format json`: the claims and faults of all scenarios as two flat lists, and the whole run as
 * it is in the report's `run.json`.
 */
export function resultJson({ run, reportDirectory }: RunOutcome): object {
  return {
    status: statusOf(run),
    report: reportDirectory,
    claims: run.scenarios.flatMap((scenario) =>
      scenario.claims.map(({ id, verdict, expectation, asExpected, reason }) => ({
        scenario: scenario.name,
        id,
        verdict,
        expectation,
        asExpected,
        ...(reason !== undefined && { reason }),
      })),
    ),
    faults: run.scenarios.flatMap((scenario) =>
      (scenario.faults ?? []).map(({ name, on, after, injected, injectionError, caught, caughtBy }) => ({
        scenario: scenario.name,
        name,
        on,
        after,
        injected,
        ...(injectionError !== undefined && { injectionError }),
        caught,
        caughtBy,
      })),
    ),
    run,
  }
}
