import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scenarioEngine } from '../src/cli/scenario-engine.ts'
import type { Run } from '../src/report/model.ts'
import { isCaught } from '../src/report/summary.ts'
import { scenarios } from './index.ts'

/** As it is, and once more for each fault: `npm test -- --provider NAME` chooses where. */
describe.each(scenarios)('$name', (scenario) => {
  const folder = mkdtempSync(join(tmpdir(), 'packetproof-scenario-'))
  let run: Run

  beforeAll(async () => {
    const outcome = await scenarioEngine.runScenarios({
      scenarios: [scenario],
      provider: process.env.PACKETPROOF_PROVIDER ?? 'netns',
      components: new Map(),
      includesClaim: () => true,
      faults: new Map([[scenario.name, scenario.faults]]),
      keep: false,
      slow: false,
      outDirectory: folder,
      apiPort: undefined,
      command: ['npm', 'test'],
      signal: new AbortController().signal,
      interruptedBy: () => 'nothing',
      onProgress: () => undefined,
    })
    run = outcome.run
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.for(scenario.claims)('$id is as expected ($expectation): $statement', ({ id }, context) => {
    const [result] = run.scenarios
    expect(result?.error).toBeUndefined()
    const claim = result?.claims.find((each) => each.id === id)
    if (claim?.verdict === 'skipped') context.skip(claim.reason)
    expect(claim?.asExpected, `${claim?.verdict}: ${claim?.reason}`).toBe(true)
  })

  it.each(scenario.faults)('notices $name: $description', ({ name }) => {
    const fault = run.scenarios[0]?.faults?.find((each) => each.name === name)
    expect(fault === undefined ? 'not run' : isCaught(fault), fault?.injectionError).toBe(true)
  })

  it('goes wrong nowhere else', () => {
    expect(run.problems).toEqual([])
  })
})
