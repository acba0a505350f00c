import type { V1NetworkPolicyPort } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { truthTable } from '../../oracle/truth-table.ts'
import type { PolicyState } from '../conformance-case.ts'
import { objectsOf, PORTS } from '../policy-model.ts'
import { generateCase } from './generate-case.ts'
import { shrink } from './shrink.ts'

const addressesOf = (pod: string): string[] => [
  `10.244.${'xyz'.indexOf(pod[0] ?? '')}.${'abc'.indexOf(pod[2] ?? '') + 10}`,
]

/** An implementation with a bug: its end of a range of ports is missing. */
function hasWrongCell(state: PolicyState): boolean {
  const broken = {
    ...state,
    policies: JSON.parse(JSON.stringify(state.policies), withoutEndPort) as PolicyState['policies'],
  }
  const judge = (each: PolicyState) =>
    truthTable(objectsOf(each, { addressesOf }), PORTS).cells.map(({ expectation }) => expectation.permission)
  return JSON.stringify(judge(state)) !== JSON.stringify(judge(broken))
}

function withoutEndPort(key: string, value: V1NetworkPolicyPort): unknown {
  return key === 'endPort' ? undefined : value
}

function failingState(): PolicyState {
  for (let index = 0; index < 500; index++) {
    const state = generateCase(7, index).steps[0]?.state((pod) => addressesOf(pod)[0] ?? '')
    if (state !== undefined && state.policies.length > 2 && hasWrongCell(state)) return state
  }
  throw new Error('no generated case notices')
}

describe('shrink', () => {
  it('leaves of a failing state just what makes it fail', async () => {
    const { state, isMinimal, tries } = await shrink(failingState(), async (each) => hasWrongCell(each), 1000)
    expect(isMinimal).toBe(true)
    expect(tries).toBeLessThan(100)
    expect(state.podLabels).toEqual({})
    expect(state.namespaceLabels).toEqual({})
    expect(state.policies).toHaveLength(1)
    const rules = [...(state.policies[0]?.spec?.ingress ?? []), ...(state.policies[0]?.spec?.egress ?? [])]
    expect(rules).toHaveLength(1)
    expect(Object.keys(rules[0] ?? {})).toEqual(['ports'])
    expect(rules[0]?.ports).toHaveLength(1)
  })

  it('gives up after so many tries, with the smallest that it has found', async () => {
    const { state, isMinimal, tries } = await shrink(failingState(), async (each) => hasWrongCell(each), 3)
    expect({ isMinimal, tries, fails: hasWrongCell(state) }).toEqual({ isMinimal: false, tries: 3, fails: true })
  })
})
