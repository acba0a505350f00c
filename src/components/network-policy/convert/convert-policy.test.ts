import type { V1NetworkPolicy, V1NetworkPolicyPeer, V1NetworkPolicyPort } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { defaultDialect } from '../dialect.ts'
import { setName } from '../names/hashes.ts'
import { selectorSet } from '../plan/ip-sets.ts'
import { hashRules } from '../render/felix-rule.ts'
import { policyRules } from '../render/policy-chain.ts'
import { canonicalText } from '../selector/selector.ts'
import { convertPolicy } from './convert-policy.ts'
import { groupPorts, joinRanges, rangeText } from './ports.ts'

function ingress(from: readonly V1NetworkPolicyPeer[], ports: readonly V1NetworkPolicyPort[] = [], namespace = 'myns') {
  // As the API's JSON has it: the client's models call the peers `_from`.
  return convert({ podSelector: {}, ingress: [{ from, ports }] }, namespace)
}

function convert(spec: object, namespace = 'default', dialect = defaultDialect) {
  const policy: V1NetworkPolicy = { metadata: { namespace, name: 'p' }, ...{ spec } }
  return convertPolicy(policy, dialect)
}

const specs = (policy: ReturnType<typeof ingress>, family: 4 | 6 = 4): string[] =>
  hashRules(policyRules(policy.ingress ?? [], 'ingress', family, defaultDialect), 'chain').map(({ spec }) =>
    spec.replace(/-m comment --comment "cali:[^"]*" ?/, ''),
  )

describe('selectors', () => {
  it.each([
    [
      'a pod of its own namespace',
      [{ podSelector: { matchLabels: { role: 'frontend' } } }],
      'myns',
      'cali40s:MnczOEb76CElju7rWE07XcO',
    ],
    [
      'every pod of a namespace',
      [{ namespaceSelector: { matchLabels: { user: 'bob' } } }],
      'any',
      'cali40s:uycO_fWOqATKQZoGCHEWFkQ',
    ],
    ['every pod of every namespace', [{ namespaceSelector: {} }], 'any', 'cali40s:Vbl4aLpsO8Ss0UCzvsdmKAp'],
    ['every pod of its own namespace', [{ podSelector: {} }], 'x', 'cali40s:WD3jSfdn2L8y2D8EHjVXFen'],
  ])('%s has the set that Calico gives it', (_, from, namespace, expected) => {
    const [rule] = ingress(from, [], namespace).ingress ?? []
    expect(rule?.peers && setName(4, selectorSet(rule.peers).id)).toBe(expected)
  })

  it('of namespace and pod must both hold', () => {
    const [rule] =
      ingress([{ namespaceSelector: { matchLabels: { a: '1', b: '2' } }, podSelector: { matchLabels: { c: '3' } } }])
        .ingress ?? []
    expect(rule?.peers && canonicalText(rule.peers)).toBe(
      '((pcns.a == "1" && pcns.b == "2") && (projectcalico.org/orchestrator == "k8s" && c == "3"))',
    )
  })

  it('have every operator of the API, with sorted values', () => {
    const matchExpressions = [
      { key: 'a', operator: 'In', values: ['y', 'x', 'y'] },
      { key: 'b', operator: 'NotIn', values: ['z'] },
      { key: 'c', operator: 'Exists' },
      { key: 'd', operator: 'DoesNotExist' },
    ]
    const [rule] = ingress([{ podSelector: { matchExpressions } }]).ingress ?? []
    expect(rule?.peers && canonicalText(rule.peers)).toContain('a in {"x", "y"} && b not in {"z"} && has(c) && !has(d)')
  })
})

describe('policy types', () => {
  it('default to ingress, and egress when there is a rule for it', () => {
    expect(Object.keys(convert({ podSelector: {} }))).toEqual(expect.not.arrayContaining(['egress']))
    expect(convert({ podSelector: {}, egress: [] }).egress).toBeUndefined()
    expect(convert({ podSelector: {}, egress: [{}] })).toMatchObject({ ingress: [], egress: [{}] })
  })

  it('that are given decide alone', () => {
    const both = { podSelector: {}, ingress: [{}], egress: [{}] }
    expect(convert({ ...both, policyTypes: ['Egress'] }).ingress).toBeUndefined()
    expect(convert({ ...both, policyTypes: ['Ingress'] }).egress).toBeUndefined()
    expect(convert({ ...both, policyTypes: ['Ingress', 'Egress'] })).toMatchObject({ ingress: [{}], egress: [{}] })
  })
})

describe('ports', () => {
  const ranges = (text: string) =>
    text.split(',').map((part) => {
      const [first = 0, last = first] = part.split(':').map(Number)
      return { first, last }
    })

  it.each([
    ['1,2,4', '1:2,4'],
    ['1,2,3,4,80:81,81:90,9090', '1:4,80:90,9090'],
    ['5,1:10,3', '1:10'],
  ])('%s are joined to %s', (given, expected) => {
    expect(joinRanges(ranges(given)).map(rangeText).join(',')).toBe(expected)
  })

  it('go protocol by protocol, and then peer by peer', () => {
    const peers = ['v', 'v2'].map((value) => ({ podSelector: { matchLabels: { k: value } } }))
    const { ingress: rules = [] } = ingress(peers, [
      { protocol: 'UDP', port: 90 },
      { protocol: 'TCP', port: 80 },
    ])
    expect(rules.map(({ protocol, ports }) => `${protocol} ${ports.map(rangeText).join()}`)).toEqual([
      'tcp 80',
      'tcp 80',
      'udp 90',
      'udp 90',
    ])
  })

  it('default to TCP, and an item without a port is all of its protocol', () => {
    expect(groupPorts([{ port: 80 }])).toEqual([{ protocol: 'tcp', ranges: [{ first: 80, last: 80 }], names: [] }])
    expect(groupPorts([{ port: 80 }, {}])).toEqual([{ protocol: 'tcp', ranges: [], names: [] }])
    expect(groupPorts([{ port: 80, endPort: 90 }, { port: 'web' }])).toEqual([
      { protocol: 'tcp', ranges: [{ first: 80, last: 90 }], names: ['web'] },
    ])
  })
})

describe('rules', () => {
  it('mark what they allow and go back, but for the last', () => {
    const { ingress: rules = [] } = ingress([], [{ port: 80 }, { protocol: 'UDP', port: 53 }])
    expect(hashRules(policyRules(rules, 'ingress', 4, defaultDialect), 'c')).toHaveLength(3)
    expect(specs(ingress([], [{ port: 80 }]))).toEqual([
      '-p tcp -m multiport --destination-ports 80 --jump MARK --set-mark 0x10000/0x10000',
    ])
  })

  it('take exceptions away with a scratch mark', () => {
    expect(specs(ingress([{ ipBlock: { cidr: '192.168.0.0/16', except: ['192.168.3.0/24'] } }]))).toEqual([
      '--jump MARK --set-mark 0x80000/0x180000',
      '--source 192.168.3.0/24 --jump MARK --set-mark 0/0x80000',
      '--source 192.168.0.0/16 -m mark --mark 0x80000/0x80000 --jump MARK --set-mark 0x10000/0x10000',
    ])
  })

  it('need more than one rule for more ports than multiport takes', () => {
    const ports = Array.from({ length: 20 }, (_, index) => ({ port: 100 + 2 * index }))
    const lines = specs(ingress([], ports))
    expect(lines[0]).toBe('--jump MARK --set-mark 0x0/0x180000')
    expect(lines.filter((line) => line.includes('--destination-ports'))).toHaveLength(2)
    expect(lines.at(-1)).toBe('-p tcp -m mark --mark 0x80000/0x80000 --jump MARK --set-mark 0x10000/0x10000')
  })

  it('of the other address family vanish, as does what is excepted whole', () => {
    expect(specs(ingress([{ ipBlock: { cidr: 'fd00::/8' } }]))).toEqual([])
    expect(specs(ingress([{ ipBlock: { cidr: 'fd00::/8' } }]), 6)).toHaveLength(1)
    expect(specs(ingress([{ ipBlock: { cidr: '0.0.0.0/0', except: ['0.0.0.0/0'] } }]))).toEqual([])
  })
})
