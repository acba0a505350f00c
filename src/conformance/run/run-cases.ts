import type { ConformanceCase } from '../conformance-case.ts'
import type { CaseResult } from './case-result.ts'
import type { ConformanceCluster } from './conformance-cluster.ts'
import { findCounterexample } from './counterexample.ts'
import { runCase } from './run-case.ts'

export interface RunCasesOptions {
  /** How many failing generated cases are shrunk. */
  readonly maxShrunk: number
  /** How many states are tried to make one of them smaller. */
  readonly maxTries: number
  readonly signal: AbortSignal
  /** Told of each case that ends, and of each shrinking that begins. */
  readonly onCase?: (result: CaseResult) => void
  readonly onShrink?: (result: CaseResult) => void
}

/** Runs the cases one after the other on one cluster. */
export async function runCases(
  cluster: ConformanceCluster,
  cases: Iterable<ConformanceCase>,
  options: RunCasesOptions,
): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = []
  let shrunk = 0
  for (const each of cases) {
    options.signal.throwIfAborted()
    let result = await runCase(cluster, each)
    const failed = each.steps[result.steps.length - 1]
    if (
      result.outcome === 'failed' &&
      each.origin === 'generated' &&
      failed !== undefined &&
      shrunk < options.maxShrunk
    ) {
      shrunk++
      options.onShrink?.(result)
      const wrong = result.steps.at(-1)?.wrong ?? []
      const counterexample = await findCounterexample(cluster, failed.state(cluster.addressOf), wrong, options.maxTries)
      result = { ...result, counterexample }
    }
    results.push(result)
    options.onCase?.(result)
  }
  return results
}
