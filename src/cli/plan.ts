import { wantedSteps } from '../scenario/wanted-steps.ts'
import type { RunRequest } from './engine.ts'

/** What a run would do, for `--dry-run`. */
export interface Plan {
  readonly provider: string
  readonly outDirectory: string
  readonly scenarios: readonly PlannedScenario[]
}

interface PlannedScenario {
  readonly name: string
  readonly title: string
  readonly document: string
  /** One for each run of the scenario: the first as it is, then one for each fault. */
  readonly clusters: number
  readonly profile: string
  readonly components: Readonly<Record<string, string>>
  readonly steps: readonly { readonly id: string; readonly title: string }[]
  readonly claims: readonly { readonly id: string; readonly expectation: string; readonly statement: string }[]
  readonly faults: readonly { readonly name: string; readonly on: string; readonly after: string }[]
}

export function planRun(request: RunRequest): Plan {
  const scenarios = request.scenarios.map((scenario) => {
    const faults = request.faults?.get(scenario.name) ?? []
    return {
      name: scenario.name,
      title: scenario.title,
      document: scenario.document.title,
      clusters: 1 + faults.length,
      profile: scenario.profile,
      components: Object.fromEntries(
        scenario.components.map(({ name, variants }) => [
          name,
          request.components.get(name) ?? variants[0] ?? 'builtin',
        ]),
      ),
      steps: wantedSteps(scenario, request.includesClaim, false).map(({ id, title }) => ({ id, title })),
      claims: scenario.claims
        .filter(request.includesClaim)
        .map(({ id, expectation, statement }) => ({ id, expectation, statement })),
      faults: faults.map(({ name, on, after }) => ({ name, on, after: after ?? scenario.defaultFaultStep })),
    }
  })
  return { provider: request.provider, outDirectory: request.outDirectory, scenarios }
}

export function printPlan(plan: Plan): string {
  const lines = [`provider: ${plan.provider}; reports go to ${plan.outDirectory}`]
  for (const scenario of plan.scenarios) {
    const components = Object.entries(scenario.components).map(([name, variant]) => `${name}=${variant}`)
    lines.push(
      '',
      `${scenario.name}: ${scenario.title}`,
      `  document    ${scenario.document}`,
      `  clusters    ${scenario.clusters} (profile ${scenario.profile})`,
      `  components  ${components.join(', ')}`,
      '  steps',
      ...scenario.steps.map(({ id, title }) => `    ${id}: ${title}`),
      '  claims',
      ...scenario.claims.map(({ id, expectation, statement }) => `    ${id} (${expectation}): ${statement}`),
    )
    if (scenario.faults.length > 0) {
      lines.push('  faults', ...scenario.faults.map(({ name, on, after }) => `    ${name}: on ${on}, after ${after}`))
    }
  }
  return lines.join('\n')
}
