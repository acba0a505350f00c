import { describe, expect, it } from 'vitest'
import type { Check } from '../report/model.ts'
import { isAsExpected, verdictOfPart, verdictOfParts } from './verdict.ts'

function check(role: Check['role'], passed: boolean): Check {
  return { role, passed, what: `a ${role}`, expected: 'x', observed: passed ? 'x' : 'y' }
}

describe('the verdict of one part', () => {
  it('is proved when every observation and every control holds', () => {
    expect(verdictOfPart({ checks: [check('control', true), check('observation', true)] })).toEqual({
      verdict: 'proved',
    })
  })

  it('is refuted when an observation fails, and says which', () => {
    const part = { checks: [check('observation', true), check('observation', false)] }
    expect(verdictOfPart(part)).toEqual({ verdict: 'refuted', reason: 'a observation: expected x; observed y' })
  })

  it('is inconclusive when a control fails, even though an observation fails too', () => {
    const part = { checks: [check('control', false), check('observation', false)] }
    expect(verdictOfPart(part)).toMatchObject({ verdict: 'inconclusive' })
  })

  it('is inconclusive when nothing was observed', () => {
    expect(verdictOfPart({ checks: [check('control', true)] })).toEqual({
      verdict: 'inconclusive',
      reason: 'nothing was observed',
    })
  })

  it('is inconclusive when what it rests on had a problem', () => {
    const part = { checks: [check('observation', true)], problem: 'the kernel dropped 3 packets' }
    expect(verdictOfPart(part)).toEqual({ verdict: 'inconclusive', reason: 'the kernel dropped 3 packets' })
  })
})

describe('the verdict over several parts', () => {
  const proved = { checks: [check('observation', true)] }
  const refuted = { checks: [check('observation', false)] }
  const inconclusive = { checks: [] }
  const skipped = { checks: [], skipReason: 'no IPv6' }

  it('is refuted as soon as one part refutes it', () => {
    expect(verdictOfParts([proved, inconclusive, refuted]).verdict).toBe('refuted')
  })

  it('is not proved while one part is inconclusive', () => {
    expect(verdictOfParts([proved, inconclusive]).verdict).toBe('inconclusive')
  })

  it('is proved when the other parts were skipped, and skipped when all were', () => {
    expect(verdictOfParts([proved, skipped]).verdict).toBe('proved')
    expect(verdictOfParts([skipped])).toEqual({ verdict: 'skipped', reason: 'no IPv6' })
  })

  it('is not tested when no part looked', () => {
    expect(verdictOfParts([]).verdict).toBe('not-tested')
  })
})

it('takes a claim that was never looked at for unexpected, unless nothing was expected of it', () => {
  expect(isAsExpected('proved', 'not-tested')).toBe(false)
  expect(isAsExpected('refuted', 'not-tested')).toBe(false)
  expect(isAsExpected('none', 'not-tested')).toBe(true)
  expect(isAsExpected('none', 'skipped')).toBe(true)
  expect(isAsExpected('refuted', 'refuted')).toBe(true)
  expect(isAsExpected('proved', 'inconclusive')).toBe(false)
})
