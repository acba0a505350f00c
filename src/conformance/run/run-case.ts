import { parseMatrixPort } from '../../probe/matrix/matrix-port.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { PORTS } from '../policy-model.ts'
import type { CaseOutcome, CaseResult, StepResult } from './case-result.ts'
import type { ConformanceCluster } from './conformance-cluster.ts'

/** Runs the steps of a case, up to the first that fails. */
export async function runCase(cluster: ConformanceCluster, conformanceCase: ConformanceCase): Promise<CaseResult> {
  const { name, origin } = conformanceCase
  const startedAt = performance.now()
  const steps: StepResult[] = []
  for (const { title, state, expected } of conformanceCase.steps) {
    const named = Object.keys(expected).map(parseMatrixPort)
    const more = named.filter((port) => !PORTS.some((own) => own.protocol === port.protocol && own.port === port.port))
    const result = await cluster.judge(state(cluster.addressOf), { expected, morePorts: more })
    steps.push({ title, ...result })
    if (result.wrong.length > 0) break
  }
  const durationMs = Math.round(performance.now() - startedAt)
  return { name, origin, ...outcomeOf(conformanceCase, steps), steps, durationMs }
}

function outcomeOf(
  { steps }: ConformanceCase,
  results: readonly StepResult[],
): { outcome: CaseOutcome; reason?: string } {
  const wrong = results.flatMap((result) => result.wrong)
  if (wrong.length > 0) return { outcome: 'failed', reason: `${wrong.length} cells are not as expected` }
  const problem = results.find((result) => result.problem !== undefined)?.problem
  if (problem !== undefined) return { outcome: 'inconclusive', reason: problem }
  const errors = results.flatMap((result) => result.errors)
  if (errors.length > 0) return { outcome: 'inconclusive', reason: `${errors.length} probes did not work` }
  const skipped = new Map(results.flatMap((result) => result.skipped).map(({ port, reason }) => [keyOf(port), reason]))
  const missing = steps.flatMap(({ expected }) => Object.keys(expected)).find((port) => skipped.has(port))
  if (missing !== undefined) return { outcome: 'skipped', reason: `${missing}: ${skipped.get(missing)}` }
  if (results.some(({ late }) => late.length > 0))
    return { outcome: 'late', reason: 'as expected at a second look only' }
  return { outcome: 'passed' }
}

function keyOf({ protocol, port }: { readonly protocol: string; readonly port: number }): string {
  return `${protocol}/${port}`
}
