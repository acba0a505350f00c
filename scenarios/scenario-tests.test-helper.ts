import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunOutcome } from '../src/cli/engine.ts'
import { scenarioEngine } from '../src/cli/scenario-engine.ts'
import type { ScenarioDefinition } from '../src/index.ts'
import type { ScenarioRun } from '../src/report/model.ts'
import { testChoices } from './choices.test-helper.ts'

/** So many faults of each scenario are injected when nothing else is asked for: all of them take longer than people wait for tests. */
const usualFaults = 4

/** Which faults are injected: `PACKETPROOF_FAULTS` is `all` or a number; they are taken from the whole length of the list. */
function chooseFaults({ faults }: ScenarioDefinition): ScenarioDefinition['faults'] {
  const asked = process.env['PACKETPROOF_FAULTS'] ?? String(usualFaults)
  const count = asked === 'all' ? faults.length : Number(asked)
  if (!Number.isInteger(count) || count < 0) throw new Error(`PACKETPROOF_FAULTS "${asked}": expected all, or a number`)
  const step = faults.length / Math.min(count, faults.length)
  const chosen = new Set(
    Array.from({ length: Math.min(count, faults.length) }, (_, index) => faults[Math.floor(index * step)]),
  )
  return faults.filter((fault) => chosen.has(fault))
}

/** One test for each claim, that its verdict is the expected one, and one for each fault, that the scenario catches it. */
export function testScenario(scenario: ScenarioDefinition): void {
  describe(scenario.name, () => {
    const abort = new AbortController()
    const { provesFaults, ...chosen } = testChoices(scenario)
    const faults = chooseFaults(scenario)
    let outcome: RunOutcome

    beforeAll(async () => {
      outcome = await scenarioEngine.runScenarios({
        scenarios: [scenario],
        ...chosen,
        includesClaim: () => true,
        faults: provesFaults ? new Map([[scenario.name, faults]]) : undefined,
        untilCaught: true,
        keep: false,
        outDirectory: 'reports',
        command: ['packetproof', 'prove', scenario.name],
        signal: abort.signal,
        interruptedBy: () => 'the end of the test',
        onProgress: () => undefined,
      })
    })
    afterAll(() => abort.abort())

    const run = (): ScenarioRun => {
      const [first] = outcome.run.scenarios
      if (first === undefined) throw new Error('the scenario was not run')
      return first
    }

    for (const { id, expectation, statement } of scenario.claims) {
      it(`${id} (${expectation}): ${statement}`, (context) => {
        const claim = run().claims.find((result) => result.id === id)
        if (claim?.verdict === 'skipped') context.skip(claim.reason)
        const wanted = expectation === 'none' ? 'not-tested' : expectation
        expect({ verdict: claim?.verdict, why: claim?.asExpected ? undefined : claim?.reason }).toEqual({
          verdict: wanted,
          why: undefined,
        })
      })
    }

    for (const { name, description } of provesFaults ? faults : []) {
      it(`catches the fault ${name}: ${description ?? ''}`, (context) => {
        if (run().status === 'skipped') context.skip(run().skipReason)
        const fault = run().faults?.find((result) => result.name === name)
        expect(fault).toMatchObject({ injected: true, caught: true })
      })
    }

    const others = provesFaults ? scenario.faults.length - faults.length : 0
    it.runIf(others > 0)(`catches the ${others} faults that are left out here`, (context) => {
      context.skip(`they take minutes: PACKETPROOF_FAULTS=all npm test, or packetproof prove ${scenario.name}`)
    })

    it('ends as a whole as expected, with a report', (context) => {
      if (run().status === 'skipped') context.skip(run().skipReason)
      expect(run()).toMatchObject({ status: 'passed' })
    })
  })
}
