import { describe, expect, it } from 'vitest'
import type { ClaimDefinition, StepDefinition } from './definition.ts'
import { wantedSteps } from './wanted-steps.ts'

const claims = ['a', 'b', 'c'].map(
  (id): ClaimDefinition => ({ id, statement: '', judgement: 'right', expectation: 'proved' }),
)
const run = (): Promise<void> => Promise.resolve()
const steps: readonly StepDefinition<unknown>[] = [
  { id: 'aside', title: '', claims: ['a', 'c'], beside: true, run },
  { id: 'make', title: '', run },
  { id: 'deploy', title: '', claims: ['b'], essential: true, run },
  { id: 'configure', title: '', claims: ['b'], run },
  { id: 'reload', title: '', claims: ['b'], needs: ['configure'], run },
  { id: 'heal', title: '', claims: ['a'], needs: ['reload'], run },
]
const idsFor = (included: string, isBroken = false): string[] =>
  wantedSteps({ steps, claims }, ({ id }) => included.includes(id), isBroken).map(({ id }) => id)

describe('wantedSteps', () => {
  it('takes what every run takes, and leaves out what settles no included claim', () => {
    expect(idsFor('')).toEqual(['make', 'deploy'])
    expect(idsFor('c')).toEqual(['aside', 'make', 'deploy'])
  })

  it('takes what a wanted step needs, and what that needs', () => {
    expect(idsFor('a')).toEqual(['aside', 'make', 'deploy', 'configure', 'reload', 'heal'])
  })

  it('leaves out what has a cluster of its own when a fault is injected', () => {
    expect(idsFor('c', true)).toEqual(['make', 'deploy'])
  })
})
