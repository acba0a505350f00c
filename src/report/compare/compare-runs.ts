import type { Run, ScenarioRun } from '../model.ts'
import { compareEvidence } from './compare-evidence.ts'
import { type ComparedScenario, type Comparison, type Pair, pair } from './comparison.ts'
import { labelHosts } from './host-labels.ts'

/** Two runs side by side: verdicts, translations, rules and listings, as far as both have them. */
export function compareRuns(first: Run, second: Run): Comparison {
  const names = [...new Set([...first.scenarios, ...second.scenarios].map(({ name }) => name))]
  const scenarios = names.map((name) => compareScenario(name, scenarioOf(first, name), scenarioOf(second, name)))
  const variables = [...new Set([...Object.keys(first.environment), ...Object.keys(second.environment)])].sort()
  const environment = variables.map((name) => pair(name, first.environment[name], second.environment[name]))
  return {
    schemaVersion: 1,
    runs: [first.runId, second.runId],
    scenarios,
    environment,
    differences: scenarios.reduce((sum, scenario) => sum + differencesOf(scenario), 0),
  }
}

/** Claims that ended otherwise in both runs, and pieces of evidence that both have and of which at least a row differs. */
export function differencesOf({ claims, evidence }: ComparedScenario): number {
  return [...claims, ...evidence].filter(({ likeness }) => likeness === 'different').length
}

function compareScenario(
  name: string,
  first: ScenarioRun | undefined,
  second: ScenarioRun | undefined,
): ComparedScenario {
  const ids = [...new Set([...(first?.claims ?? []), ...(second?.claims ?? [])].map(({ id }) => id))]
  const claims = ids.map((id): Pair & { statement: string } => {
    const [left, right] = [first, second].map((run) => run?.claims.find((claim) => claim.id === id))
    const claim = pair(id, left?.verdict, right?.verdict)
    return { ...claim, likeness: likenessOf(claim), statement: (left ?? right)?.statement ?? '' }
  })
  const evidence =
    first === undefined || second === undefined ? [] : compareEvidence(first, second, labelHosts(first, second))
  return { name, made: [first && makingOf(first), second && makingOf(second)], claims, evidence }
}

/** What a run has skipped it did not look at. */
function likenessOf({ first = 'skipped', second = 'skipped' }: Pair): Pair['likeness'] {
  if (first === second) return 'same'
  if (first === 'skipped') return 'only-second'
  return second === 'skipped' ? 'only-first' : 'different'
}

function makingOf({ provider, components }: ScenarioRun): string {
  return [provider, ...components.map((component) => `${component.name}=${component.variant}`)].join(', ')
}

function scenarioOf({ scenarios }: Run, name: string): ScenarioRun | undefined {
  return scenarios.find((scenario) => scenario.name === name)
}
