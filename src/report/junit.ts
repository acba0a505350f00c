import { filesOfEvidence } from './evidence-files.ts'
import type { Check, ClaimResult, FaultResult, Run, ScenarioRun } from './model.ts'
import { printable, shellLine } from './printable.ts'
import { isCaught, outcomeOf } from './summary.ts'

interface TestCase {
  readonly name: string
  readonly className: string
  readonly durationMs: number
  readonly properties: readonly (readonly [string, string])[]
  readonly problem?: {
    readonly kind: 'failure' | 'error' | 'skipped'
    readonly type: string
    readonly message: string
    readonly text?: string
  }
  readonly attachments: readonly string[]
}

/**
 * `junit.xml`: a scenario is a testsuite, a claim a testcase. An unexpected verdict is a failure, one that could not be
 * decided an error. A scenario that ended otherwise than by its claims, a fault that was not caught and a problem of the
 * run are testcases of their own, so that none of them can be overlooked.
 */
export function renderJunit(run: Run): string {
  const suites = [
    ...run.scenarios.map((scenario) => ({ name: suiteName(scenario), scenario, cases: casesOf(scenario) })),
    ...problemSuite(run),
  ]
  const total = countsOf(suites.flatMap((suite) => suite.cases))
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="${escape(run.tool.name)}" ${total} time="${seconds(run.durationMs)}">
${suites.map((suite) => renderSuite(run, suite)).join('\n')}
</testsuites>
`
}

interface Suite {
  readonly name: string
  readonly scenario: ScenarioRun | undefined
  readonly cases: readonly TestCase[]
}

function suiteName(scenario: ScenarioRun): string {
  return `${scenario.name} (${scenario.provider})`
}

function problemSuite(run: Run): Suite[] {
  const problems = [
    ...run.problems,
    ...(run.interrupted === undefined ? [] : [`interrupted by ${run.interrupted.signal}`]),
  ]
  if (problems.length === 0) return []
  const cases = problems.map((message, index) =>
    testCase(`problem ${index + 1}`, 'run', 0, { kind: 'error', type: 'problem', message }),
  )
  return [{ name: 'run', scenario: undefined, cases }]
}

function casesOf(scenario: ScenarioRun): TestCase[] {
  return [
    ...endOf(scenario),
    ...scenario.claims.map((claim) => claimCase(scenario, claim)),
    ...(scenario.faults ?? []).map((fault) => faultCase(scenario, fault)),
  ]
}

/** How the scenario itself ended, where no claim says so. */
function endOf(scenario: ScenarioRun): TestCase[] {
  const message = scenario.error?.message ?? scenario.skipReason ?? scenario.status
  if (scenario.status === 'skipped') {
    return [testCase('scenario', scenario.name, scenario.durationMs, { kind: 'skipped', type: 'skipped', message })]
  }
  if (scenario.error === undefined && scenario.status !== 'error' && scenario.status !== 'interrupted') return []
  return [
    testCase('scenario', scenario.name, scenario.durationMs, {
      kind: 'error',
      type: scenario.error?.code ?? scenario.status,
      message,
      ...(scenario.error?.hint === undefined ? {} : { text: scenario.error.hint }),
    }),
  ]
}

function testCase(
  name: string,
  className: string,
  durationMs: number,
  problem: NonNullable<TestCase['problem']>,
): TestCase {
  return { name, className, durationMs, properties: [], problem, attachments: [] }
}

function claimCase(scenario: ScenarioRun, claim: ClaimResult): TestCase {
  const problem = problemOf(claim)
  const attempts = claim.attempts ?? []
  return {
    name: `${claim.id} ${claim.statement}`,
    className: scenario.name,
    durationMs: claim.durationMs,
    properties: [
      ['claim', claim.id],
      ['judgement', claim.judgement],
      ['expectation', claim.expectation],
      ['verdict', claim.verdict],
      ...(claim.erratum === undefined ? [] : [['erratum', claim.erratum] as const]),
      ...(claim.correctedBy === undefined ? [] : [['correctedBy', claim.correctedBy] as const]),
      ...(claim.correctionOf === undefined ? [] : [['correctionOf', claim.correctionOf] as const]),
      ...(attempts.length > 1 ? [['attempts', String(attempts.length)] as const] : []),
    ],
    ...(problem === undefined ? {} : { problem }),
    attachments: attachmentsOf(scenario, claim),
  }
}

function problemOf(claim: ClaimResult): TestCase['problem'] {
  const outcome = outcomeOf(claim)
  if (outcome === 'expected') return undefined
  if (outcome === 'skipped' || outcome === 'not-tested') {
    return { kind: 'skipped', type: outcome, message: claim.reason ?? outcome.replace('-', ' ') }
  }
  const expectation = claim.expectation === 'none' ? '' : `, expected ${claim.expectation}`
  return {
    kind: outcome === 'inconclusive' ? 'error' : 'failure',
    type: outcome,
    message: `${claim.id} is ${claim.verdict}${expectation}${claim.reason === undefined ? '' : `: ${claim.reason}`}`,
    text: claim.checks.map(checkText).join('\n'),
  }
}

function checkText(check: Check): string {
  return `${check.passed ? 'held  ' : 'failed'} ${check.role}: ${check.what}\n  expected: ${check.expected}\n  observed: ${check.observed}`
}

function faultCase(scenario: ScenarioRun, fault: FaultResult): TestCase {
  const base = {
    name: `fault: ${fault.name}`,
    className: `${scenario.name}.faults`,
    durationMs: fault.durationMs,
    attachments: [],
  }
  const properties = [
    ['on', fault.on] as const,
    ['command', shellLine(fault.argv)] as const,
    ['caughtBy', fault.caughtBy.join(' ')] as const,
  ]
  if (isCaught(fault)) return { ...base, properties }
  const problem = fault.injected
    ? ({
        kind: 'failure',
        type: 'not-caught',
        message: `no claim turned to refuted under the fault "${fault.name}"`,
      } as const)
    : ({
        kind: 'error',
        type: 'not-injected',
        message: fault.injectionError ?? 'the fault could not be injected',
      } as const)
  return { ...base, properties, problem }
}

/** The files behind a claim, each once. */
function attachmentsOf(scenario: ScenarioRun, claim: ClaimResult): string[] {
  const cited = scenario.evidence.filter((evidence) => claim.evidence.includes(evidence.id))
  return [...new Set(cited.flatMap(filesOfEvidence).map((file) => file.file))]
}

function renderSuite(run: Run, suite: Suite): string {
  const { scenario } = suite
  const properties = scenario === undefined ? [] : suiteProperties(run, scenario)
  const time =
    scenario === undefined ? '' : ` time="${seconds(scenario.durationMs)}" timestamp="${escape(scenario.startedAt)}"`
  return `<testsuite name="${escape(suite.name)}" ${countsOf(suite.cases)}${time}>
${renderProperties(properties)}${suite.cases.map(renderCase).join('\n')}
</testsuite>`
}

function suiteProperties(run: Run, scenario: ScenarioRun): [string, string][] {
  return [
    ['provider', scenario.provider],
    ['profile', scenario.profile],
    ['document', scenario.document.title],
    ...scenario.components.map((part): [string, string] => [
      `component.${part.name}`,
      [part.variant, part.version ?? ''].join(' ').trim(),
    ]),
    ...Object.entries(run.environment).map(([name, value]): [string, string] => [`environment.${name}`, value]),
  ]
}

function renderCase(test: TestCase): string {
  const { problem } = test
  const text = problem?.text === undefined || problem.text === '' ? '' : escape(problem.text)
  const body = [
    renderProperties(test.properties),
    problem === undefined
      ? ''
      : problem.kind === 'skipped'
        ? `<skipped message="${escape(problem.message)}"/>\n`
        : `<${problem.kind} type="${escape(problem.type)}" message="${escape(problem.message)}">${text}</${problem.kind}>\n`,
    test.attachments.length === 0
      ? ''
      : `<system-out>${test.attachments.map((file) => escape(`[[ATTACHMENT|${file}]]`)).join('\n')}</system-out>\n`,
  ].join('')
  return `<testcase classname="${escape(test.className)}" name="${escape(test.name)}" time="${seconds(test.durationMs)}">\n${body}</testcase>`
}

function renderProperties(properties: readonly (readonly [string, string])[]): string {
  if (properties.length === 0) return ''
  return `<properties>\n${properties.map(([name, value]) => `<property name="${escape(name)}" value="${escape(value)}"/>`).join('\n')}\n</properties>\n`
}

function countsOf(cases: readonly TestCase[]): string {
  const count = (kind: string) => cases.filter((test) => test.problem?.kind === kind).length
  return `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`
}

function seconds(ms: number): string {
  return (Math.max(0, ms) / 1000).toFixed(3)
}

/** For XML text and attributes; control characters become visible ones, line breaks survive in attributes. */
function escape(text: string): string {
  return printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\t', '&#9;')
}
