import type { ClaimDefinition, ScenarioDefinition, StepDefinition } from './definition.ts'

type Steps = Pick<ScenarioDefinition, 'steps' | 'claims'>

/**
 * The steps that a run takes, in order: those that settle an included claim, those that every run takes, and what these need.
 * @param isBroken whether a fault is injected into the scenario's cluster
 */
export function wantedSteps(
  { steps, claims }: Steps,
  includesClaim: (claim: ClaimDefinition) => boolean,
  isBroken: boolean,
): readonly StepDefinition<unknown>[] {
  const included = new Set(claims.filter(includesClaim).map(({ id }) => id))
  const wanted = new Set<string>()
  // Backwards, for a step may need an earlier one that needs an earlier one still.
  for (const step of steps.toReversed()) {
    if (step.beside === true && isBroken) continue
    const settles = step.claims === undefined || step.claims.some((id) => included.has(id))
    if (step.essential !== true && !settles && !wanted.has(step.id)) continue
    for (const id of [step.id, ...(step.needs ?? [])]) wanted.add(id)
  }
  return steps.filter(({ id }) => wanted.has(id))
}
