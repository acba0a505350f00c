import type { ScenarioDefinition } from '../../scenario/definition.ts'
import type { OptionValues } from '../option-values.ts'
import { outputStyle, outputWidth, printData, printJson } from '../output.ts'
import { scenarioEngine } from '../scenario-engine.ts'
import { selectScenarios } from '../select-scenarios.ts'
import type { Style } from '../style.ts'
import { textTable } from '../text-table.ts'

/** `packetproof list [SCENARIO…]` */
export async function list(args: readonly string[], values: OptionValues): Promise<number> {
  const scenarios = selectScenarios(args, await scenarioEngine.listScenarios())
  const style = outputStyle()
  if (values.text('format') === 'json') printJson(scenarios.map(toJson))
  else if (values.flag('claims')) printData(scenarios.map((scenario) => describe(scenario, style)).join('\n\n'))
  else printData(overview(scenarios))
  return 0
}

function overview(scenarios: readonly ScenarioDefinition[]): string {
  const rows = scenarios.map(({ name, claims, steps, faults, title }) => [
    name,
    String(claims.length),
    String(steps.length),
    String(faults.length),
    title,
  ])
  return textTable([['SCENARIO', 'CLAIMS', 'STEPS', 'FAULTS', 'TITLE'], ...rows], outputWidth())
}

function describe(scenario: ScenarioDefinition, style: Style): string {
  const width = outputWidth()
  const components = scenario.components.map(({ name, variants }) => `${name} (${variants.join(', ')})`)
  const claims = scenario.claims.map((claim) => [`  ${claim.id}`, claim.expectation, claim.judgement, claim.statement])
  const steps = scenario.steps.map((step) => [`  ${step.id}`, (step.claims ?? []).join(' '), step.title])
  const faults = scenario.faults.map((fault) => [`  ${fault.name}`, `on ${fault.on}`, fault.description ?? ''])
  return [
    style.bold(`${scenario.name}: ${scenario.title}`),
    `document: ${scenario.document.title}`,
    `profile: ${scenario.profile}; components: ${components.join(', ')}`,
    style.bold('claims (with the verdict that we expect)'),
    textTable(claims, width),
    style.bold('steps'),
    textTable(steps, width),
    style.bold('faults'),
    textTable(faults, width),
  ].join('\n')
}

function toJson(scenario: ScenarioDefinition): unknown {
  const { name, title, document, profile, components, claims, faults } = scenario
  const steps = scenario.steps.map(({ id, title: stepTitle, claims: settled }) => ({
    id,
    title: stepTitle,
    claims: settled ?? [],
  }))
  return { name, title, document, profile, components, claims, steps, faults }
}
