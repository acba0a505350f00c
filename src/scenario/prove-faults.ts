import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ClaimResult, FaultResult, ScenarioRun } from '../report/model.ts'
import type { ScenarioDefinition } from './definition.ts'
import type { FaultDefinition } from './fault.ts'
import { type RunScenarioOptions, runScenario } from './run-scenario.ts'

export interface ProveFaultsOptions extends Omit<RunScenarioOptions, 'fault' | 'label' | 'beforeRemoval'> {
  /** How many clusters at once. */
  readonly concurrency: number
  /** End each broken run with the step that caught the fault. */
  readonly untilCaught: boolean
}

/**
 * Runs the scenario once more for each fault, and tells which claims caught it: those that the unbroken run proved and the
 * broken one refutes. One that is merely inconclusive has not caught anything.
 */
export async function proveFaults(
  scenario: ScenarioDefinition,
  baseline: ScenarioRun,
  faults: readonly FaultDefinition[],
  options: ProveFaultsOptions,
): Promise<FaultResult[]> {
  const results: FaultResult[] = []
  const waiting = [...faults.entries()]
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined && !options.signal.aborted; next = waiting.shift()) {
      const [index, fault] = next
      const result = await proveFault(scenario, baseline, fault, options)
      // A run that was interrupted says nothing about a fault that it had not caught yet.
      if (result.caught || !options.signal.aborted) results[index] = result
    }
  }
  await Promise.all(Array.from({ length: options.concurrency }, work))
  return results.filter((result) => result !== undefined)
}

async function proveFault(
  scenario: ScenarioDefinition,
  baseline: ScenarioRun,
  fault: FaultDefinition,
  options: ProveFaultsOptions,
): Promise<FaultResult> {
  const id = `fault/${fault.name}`
  options.listener({ type: 'step-start', id, title: `fault: ${fault.name}` })
  const label = `${scenario.name}-${fault.name}`
  const folder = join(options.folder, 'faults', fault.name)
  const { run, injection } = await runScenario(scenario, {
    ...options,
    folder,
    fault,
    label,
    listener: () => undefined,
    ...(options.untilCaught && { isEnough: (claims) => refutedOf(claims, provedIn(baseline)).length > 0 }),
  })
  const result = resultOf(scenario, baseline, fault, run, injection)
  // What is kept is what somebody has to look into: how the scenario could stay green.
  if (result.caught) rmSync(folder, { recursive: true, force: true })
  options.listener({
    type: 'step-end',
    id,
    status: options.signal.aborted ? 'interrupted' : result.caught ? 'passed' : 'failed',
    durationMs: run.durationMs,
    ...(!result.caught && { error: result.injectionError ?? 'no claim was refuted' }),
  })
  return result
}

function resultOf(
  scenario: ScenarioDefinition,
  baseline: ScenarioRun,
  fault: FaultDefinition,
  run: ScenarioRun,
  injection: { readonly injected: boolean; readonly error?: string } | undefined,
): FaultResult {
  const proved = provedIn(baseline)
  const turned = run.claims.filter((claim) => proved.has(claim.id))
  const injected = injection?.injected ?? false
  const caughtBy = injected ? refutedOf(turned, proved) : []
  const injectionError = injected ? undefined : (injection?.error ?? run.error?.message ?? 'its step was never reached')
  return {
    name: fault.name,
    ...(fault.description !== undefined && { description: fault.description }),
    on: fault.on,
    after: fault.after ?? scenario.defaultFaultStep,
    argv: fault.run,
    injected,
    ...(injectionError !== undefined && { injectionError }),
    caught: caughtBy.length > 0,
    caughtBy,
    inconclusive: turned.filter((claim) => claim.verdict === 'inconclusive').map((claim) => claim.id),
    durationMs: run.durationMs,
    verdicts: Object.fromEntries(run.claims.map((claim) => [claim.id, claim.verdict])),
  }
}

function provedIn(baseline: ScenarioRun): ReadonlySet<string> {
  return new Set(baseline.claims.filter((claim) => claim.verdict === 'proved').map((claim) => claim.id))
}

function refutedOf(claims: readonly ClaimResult[], proved: ReadonlySet<string>): string[] {
  return claims.filter(({ id, verdict }) => proved.has(id) && verdict === 'refuted').map(({ id }) => id)
}
