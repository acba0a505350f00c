import { describe, expect, it } from 'vitest'
import { countClaims, errataOf, headlineOf, outcomeOf, statusOf } from './summary.ts'
import { passingRun, sampleRun, sampleScenario } from './testdata/sample-run.ts'

describe('the status of a run', () => {
  it('is passed only when a scenario ran and all of them passed', () => {
    expect(statusOf(passingRun())).toBe('passed')
    expect(statusOf(sampleRun({ scenarios: [], problems: [] }))).toBe('skipped')
  })

  it('is failed with a problem outside the claims', () => {
    expect(statusOf({ ...passingRun(), problems: ['a leftover'] })).toBe('failed')
  })

  it('is interrupted after a signal, whatever else', () => {
    expect(statusOf(sampleRun({ interrupted: { signal: 'SIGINT' } }))).toBe('interrupted')
  })

  it.each(['inconclusive', 'error', 'failed', 'interrupted'] as const)(
    'is not passed with a scenario that is %s',
    (status) => {
      const passed = passingRun()
      expect(statusOf({ ...passed, scenarios: [...passed.scenarios, { ...sampleScenario(), status }] })).not.toBe(
        'passed',
      )
    },
  )
})

describe('the status of a run whose scenario says it passed', () => {
  const [scenario] = passingRun().scenarios
  const passing = { ...(scenario ?? sampleScenario()), status: 'passed' as const }

  it('is failed with an unexpected verdict or a fault that was not caught', () => {
    const { claims, faults } = sampleScenario()
    expect(statusOf(sampleRun({ problems: [], scenarios: [{ ...passing, claims }] }))).toBe('failed')
    expect(statusOf(sampleRun({ problems: [], scenarios: [{ ...passing, faults }] }))).toBe('failed')
  })

  it('is inconclusive with a claim that could not be decided', () => {
    const claims = sampleScenario().claims.filter((claim) => claim.verdict === 'inconclusive')
    expect(statusOf(sampleRun({ problems: [], scenarios: [{ ...passing, claims }] }))).toBe('inconclusive')
  })
})

describe('the headline', () => {
  it('never counts skipped claims as proof', () => {
    const claims = sampleScenario().claims.filter((claim) => claim.verdict === 'skipped')
    expect(headlineOf(sampleRun({ problems: [], scenarios: [{ ...sampleScenario(), claims, faults: [] }] }))).toBe(
      'No claim was tested.',
    )
  })

  it('says what was unexpected and what is undecided', () => {
    expect(headlineOf(sampleRun())).toBe(
      '4 of 6 tested claims came out as expected, 1 only after retrying. 1 verdict was unexpected. 1 could not be decided. 1 of 3 faults were caught. 1 problem outside the claims.',
    )
  })
})

describe('claims', () => {
  it('are counted by outcome and verdict', () => {
    expect(countClaims(sampleScenario().claims)).toEqual({
      total: 8,
      byOutcome: { expected: 4, unexpected: 1, inconclusive: 1, skipped: 1, 'not-tested': 1 },
      byVerdict: { proved: 3, refuted: 2, inconclusive: 1, skipped: 1, 'not-tested': 1 },
    })
  })

  it('that are inconclusive when a verdict was expected do not count as expected', () => {
    const claim = sampleScenario().claims.find((one) => one.verdict === 'inconclusive')
    expect(claim === undefined ? undefined : outcomeOf(claim)).toBe('inconclusive')
  })

  it('that do not hold are errata, with their correction', () => {
    expect(errataOf(sampleScenario()).map(({ claim, correction }) => [claim.id, correction?.id])).toEqual([
      ['S0.11', 'S0.11c'],
    ])
  })
})
