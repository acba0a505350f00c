import { describe, expect, it } from 'vitest'
import { allCapabilitiesBut } from '../cluster/capability.ts'
import type { StepDefinition } from './definition.ts'
import type { StepContext } from './step-context.ts'
import { StepSkips } from './step-skips.ts'

const run = (): Promise<void> => Promise.resolve()
const step = (id: string, more: Partial<StepDefinition<unknown>> = {}): StepDefinition<unknown> => ({
  id,
  title: id,
  run,
  ...more,
})
const context = { settings: { components: new Map([['agent', 'present']]) } } as unknown as StepContext
const capabilities = allCapabilitiesBut({ outsiders: { reason: 'there are none' } })

function reasonsFor(steps: readonly StepDefinition<unknown>[]): Record<string, string | undefined> {
  const skips = new StepSkips(capabilities)
  return Object.fromEntries(steps.map((each) => [each.id, skips.reasonFor(each, context)]))
}

describe('StepSkips', () => {
  it('skips a step whose requirement is missing, and no other', () => {
    const reasons = reasonsFor([
      step('a', { requires: ['external-hosts'] }),
      step('b', { requires: ['outsiders', 'ipv6'] }),
      step('c'),
    ])
    expect(reasons['a']).toBeUndefined()
    expect(reasons['b']).toMatch(/^needs outsiders \(.*\): there are none$/)
    expect(reasons['c']).toBeUndefined()
  })

  it('skips what starts from a skipped step, however far, and says where that began', () => {
    const reasons = reasonsFor([
      step('a', { requires: ['outsiders'] }),
      step('b', { needs: ['a'] }),
      step('c', { needs: ['b'] }),
    ])
    expect(reasons['b']).toMatch(/^it starts from the step "a", which needs outsiders/)
    expect(reasons['c']).toBe(reasons['b'])
  })

  it('skips all that follows an essential step that is skipped, but for what has a cluster of its own', () => {
    const reasons = reasonsFor([
      step('a', { requires: ['outsiders'], essential: true }),
      step('b'),
      step('aside', { beside: true }),
    ])
    expect(reasons['b']).toMatch(/^it starts from the step "a"/)
    expect(reasons['aside']).toBeUndefined()
  })

  it('skips what deploys a component that the cluster has, unless the step can find it there', () => {
    const reasons = reasonsFor([
      step('deploy', { deploys: 'agent', whenPresent: run }),
      step('change', { deploys: 'agent' }),
      step('other', { deploys: 'another' }),
    ])
    expect(reasons['deploy']).toBeUndefined()
    expect(reasons['change']).toMatch(/^deploys or changes agent.*--component agent=present/)
    expect(reasons['other']).toBeUndefined()
  })

  it("asks the step's own condition", () => {
    expect(reasonsFor([step('a', { skip: () => 'slow' })])).toEqual({ a: 'slow' })
  })
})
