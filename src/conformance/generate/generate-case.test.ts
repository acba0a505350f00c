import { describe, expect, it } from 'vitest'
import { truthTable } from '../../oracle/truth-table.ts'
import { Problems } from '../../providers/netns/api/problems.ts'
import { validateNetworkPolicy } from '../../providers/netns/api/validation/network-policy.ts'
import type { PolicyState } from '../conformance-case.ts'
import { objectsOf, PORTS } from '../policy-model.ts'
import { generateCase } from './generate-case.ts'

const addressesOf = (pod: string): string[] => [
  `10.244.${'xyz'.indexOf(pod[0] ?? '')}.${'abc'.indexOf(pod[2] ?? '') + 10}`,
]
const addressOf = (pod: string): string => addressesOf(pod)[0] ?? ''
const ipv6Of = (pod: string): string => `fd00:10:244::${'xyz'.indexOf(pod[0] ?? '')}${'abc'.indexOf(pod[2] ?? '')}`

function stateOf(seed: number, index: number, addresses = addressOf): PolicyState {
  const [step] = generateCase(seed, index).steps
  if (step === undefined) throw new Error('the case has no step')
  return step.state(addresses)
}

const states = Array.from({ length: 300 }, (_, index) => stateOf(7, index))

describe('generateCase', () => {
  it('repeats itself for a seed and an index, and differs for others', () => {
    expect(stateOf(7, 3)).toEqual(stateOf(7, 3))
    expect(stateOf(7, 3)).not.toEqual(stateOf(7, 4))
    expect(stateOf(7, 3)).not.toEqual(stateOf(8, 3))
    expect(new Set(states.map((state) => JSON.stringify(state))).size).toBeGreaterThan(295)
  })

  it('makes policies that the API accepts', () => {
    const all = [...states, ...Array.from({ length: 100 }, (_, index) => stateOf(9, index, ipv6Of))]
    for (const { policies } of all) {
      for (const policy of policies) {
        const problems = new Problems()
        validateNetworkPolicy(policy.spec as Parameters<typeof validateNetworkPolicy>[0], problems)
        expect([policy, problems.causes]).toEqual([policy, []])
      }
    }
  })

  it('comes upon every field of the API', () => {
    const text = JSON.stringify(states)
    const parts = [
      '"policyTypes":["Ingress"]',
      '"policyTypes":["Egress"]',
      '"policyTypes":["Ingress","Egress"]',
      '"ingress":[]',
      '"egress":[]',
      '{"from":[],',
      '{"ports":[{',
      '"ports":[]',
      '"ports":[{}',
      '"podSelector":{}',
      '"namespaceSelector":{}',
      '"namespaceSelector":{"matchLabels"',
      '"namespaceSelector":{"matchExpressions"',
      '"operator":"In"',
      '"operator":"NotIn"',
      '"operator":"Exists"',
      '"operator":"DoesNotExist"',
      '"ipBlock":{"cidr":"0.0.0.0/0"',
      '"except":[',
      '"endPort":',
      '"port":"serve-80-tcp"',
      '"port":"unknown"',
      '"protocol":"SCTP"',
      '"protocol":"UDP"',
      '"team":"red"',
      '"example.com/canary":""',
    ]
    expect(parts.filter((part) => !text.includes(part))).toEqual([])
  })

  it('blocks some of the traffic and allows some', () => {
    const shares = states.slice(0, 100).map((state) => {
      const cells = truthTable(objectsOf(state, { addressesOf }), PORTS).cells.filter(({ from, to }) => from !== to)
      return cells.filter(({ expectation }) => expectation.permission === 'blocked').length / cells.length
    })
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
    expect(mean).toBeGreaterThan(0.2)
    expect(mean).toBeLessThan(0.8)
    expect(shares.filter((share) => share === 0).length).toBeLessThan(20)
  })
})
