import type { V1PodStatus } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { evaluate, type PolicyProbe } from './evaluate.ts'
import type { PolicyObject, PolicyObjects, PolicyPort } from './objects.ts'
import type { ProbeEnd } from './party.ts'
import { labelled, namespace, objectsWith, pod, policy, type WireSpec } from './testing/objects.ts'

const tcp80: PolicyPort = { protocol: 'tcp', port: 80 }

/** `x/a`, `node-1` or `outside`. */
function end(name: string): ProbeEnd {
  const [namespace = '', pod] = name.split('/')
  if (pod !== undefined) return { kind: 'pod', namespace, name: pod }
  return name.startsWith('node') ? { kind: 'node', name } : { kind: 'machine', name }
}

function permission(objects: PolicyObjects, from: string, to: string, more: Partial<PolicyProbe> = {}): string {
  return evaluate(objects, { from: end(from), to: end(to), port: tcp80, ...more }).permission
}

const from = (...peers: NonNullable<NonNullable<WireSpec['ingress']>[number]['from']>): WireSpec => ({
  ingress: [{ from: peers }],
})

describe('evaluate', () => {
  it('allows everything where there is no policy', () => {
    const objects = objectsWith([])
    for (const source of ['x/b', 'y/a', 'node-1', 'node-2', 'outside']) {
      expect(permission(objects, source, 'x/a')).toBe('allowed')
    }
    expect(permission(objects, 'x/a', 'outside')).toBe('allowed')
  })

  // One ingress policy for all pods of x; sources: same namespace with and without the label pod=b, other namespaces, outside.
  describe.each<[string, WireSpec, string]>([
    ['no rules', { ingress: [] }, '......'],
    ['no ingress at all', {}, '......'],
    ['an empty rule', { ingress: [{}] }, 'XXXXXX'],
    ['a rule with an empty list of peers', { ingress: [{ from: [] }] }, 'XXXXXX'],
    ['pods', from({ podSelector: labelled({ pod: 'b' }) }), 'X.....'],
    ['all pods', from({ podSelector: {} }), 'XX....'],
    ['a namespace', from({ namespaceSelector: labelled({ ns: 'y' }) }), '..XX..'],
    ['its own namespace', from({ namespaceSelector: labelled({ ns: 'x' }) }), 'XX....'],
    ['all namespaces', from({ namespaceSelector: {} }), 'XXXXX.'],
    [
      'pods of a namespace',
      from({ namespaceSelector: labelled({ ns: 'y' }), podSelector: labelled({ pod: 'b' }) }),
      '..X...',
    ],
    [
      'pods, or a namespace',
      from({ namespaceSelector: labelled({ ns: 'y' }) }, { podSelector: labelled({ pod: 'b' }) }),
      'X.XX..',
    ],
    ['pods of all namespaces', from({ namespaceSelector: {}, podSelector: labelled({ pod: 'b' }) }), 'X.X.X.'],
    ['an address of outside', from({ ipBlock: { cidr: '203.0.113.9/32' } }), '.....X'],
    ['addresses of pods', from({ ipBlock: { cidr: '10.0.1.0/24' } }), '..XX..'],
    [
      'every address but some',
      from({ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.1.2/32', '203.0.113.0/24'] } }),
      'XX.XX.',
    ],
    [
      'the name of a namespace',
      from({ namespaceSelector: labelled({ 'kubernetes.io/metadata.name': 'z' }) }),
      '....X.',
    ],
  ])('with ingress from %s', (_, spec, pattern) => {
    it.each(['x/b', 'x/c', 'y/b', 'y/c', 'z/b', 'outside'].map((source, at) => [source, pattern[at]]))(
      'judges %s as %s',
      (source, allowed) => {
        const destination = 'x/a'
        expect(permission(objectsWith([policy(spec)]), source, destination)).toBe(
          allowed === 'X' ? 'allowed' : 'blocked',
        )
      },
    )
  })

  it('leaves pods alone that no policy selects, and other directions', () => {
    const objects = objectsWith([policy({ podSelector: labelled({ pod: 'a' }), policyTypes: ['Ingress'] })])
    expect(permission(objects, 'y/a', 'x/b')).toBe('allowed')
    expect(permission(objects, 'x/a', 'y/a')).toBe('allowed')
    expect(permission(objects, 'x/b', 'y/a')).toBe('allowed')
    expect(permission(objects, 'x/b', 'x/a')).toBe('blocked')
    expect(permission(objects, 'x/b', 'z/a')).toBe('allowed')
  })

  it('needs the consent of both ends', () => {
    const leave = policy({ policyTypes: ['Egress'], egress: [{ to: [{ namespaceSelector: labelled({ ns: 'y' }) }] }] })
    const arrive = policy(from({ namespaceSelector: labelled({ ns: 'x' }) }), 'y')
    expect(permission(objectsWith([leave]), 'x/a', 'y/a')).toBe('allowed')
    expect(permission(objectsWith([leave]), 'x/a', 'x/b')).toBe('blocked')
    expect(permission(objectsWith([leave]), 'x/a', 'outside')).toBe('blocked')
    expect(permission(objectsWith([leave, arrive]), 'x/a', 'y/a')).toBe('allowed')
    expect(permission(objectsWith([leave, policy({}, 'y')]), 'x/a', 'y/a')).toBe('blocked')
  })

  it('adds up what several policies allow', () => {
    const objects = objectsWith([
      policy({}, 'x', 'deny'),
      policy(from({ podSelector: labelled({ pod: 'b' }) }), 'x', 'b'),
      policy({ ...from({ podSelector: labelled({ pod: 'c' }) }), podSelector: labelled({ pod: 'a' }) }, 'x', 'c-to-a'),
    ])
    expect(['x/b', 'x/c', 'y/b'].map((source) => permission(objects, source, 'x/a'))).toEqual([
      'allowed',
      'allowed',
      'blocked',
    ])
    expect(permission(objects, 'x/c', 'x/b')).toBe('blocked')
  })

  it.each<[string, WireSpec, string, string]>([
    ['nothing said', {}, 'blocked', 'allowed'],
    ['an egress rule', { egress: [{ to: [{ podSelector: {} }] }] }, 'blocked', 'blocked'],
    ['an empty list of egress rules', { egress: [] }, 'blocked', 'allowed'],
    ['an empty list of types', { policyTypes: [] }, 'blocked', 'allowed'],
    ['Egress', { policyTypes: ['Egress'], ingress: [{}] }, 'allowed', 'blocked'],
    [
      'Ingress, with an egress rule',
      { policyTypes: ['Ingress'], egress: [{ ports: [{ port: 1 }] }] },
      'blocked',
      'allowed',
    ],
    ['both', { policyTypes: ['Ingress', 'Egress'] }, 'blocked', 'blocked'],
  ])('derives the directions of a policy with policyTypes: %s', (_, spec, ingress, egress) => {
    const objects = objectsWith([policy(spec)])
    expect(permission(objects, 'y/a', 'x/a')).toBe(ingress)
    expect(permission(objects, 'x/a', 'y/a')).toBe(egress)
  })

  it('reads peers as JSON has them and as the client has them', () => {
    const peers = [{ podSelector: labelled({ pod: 'b' }) }]
    for (const rule of [{ from: peers }, { _from: peers }]) {
      const objects = objectsWith([policy({ ingress: [rule] })])
      expect([permission(objects, 'x/b', 'x/a'), permission(objects, 'x/c', 'x/a')]).toEqual(['allowed', 'blocked'])
    }
  })

  it('always lets a node reach its own pods, and other nodes by their addresses alone', () => {
    expect(permission(objectsWith([policy({})]), 'node-1', 'x/a')).toBe('allowed')
    expect(permission(objectsWith([policy({})]), 'node-2', 'x/a')).toBe('blocked')
    expect(permission(objectsWith([policy(from({ namespaceSelector: {} }))]), 'node-2', 'x/a')).toBe('blocked')
    expect(permission(objectsWith([policy(from({ ipBlock: { cidr: '172.18.0.2/32' } }))]), 'node-2', 'x/a')).toBe(
      'allowed',
    )
  })

  it('says nothing of a pod to itself, and of what a pod sends to its own node', () => {
    const objects = objectsWith([policy({ policyTypes: ['Egress'] })])
    expect(permission(objects, 'x/a', 'x/a')).toBe('unspecified')
    expect(permission(objects, 'x/a', 'node-1')).toBe('unspecified')
    expect(permission(objects, 'x/a', 'node-2')).toBe('blocked')
  })

  it('says of pods on the network of their node what both ways to see them agree on', () => {
    const host = (ns: string) =>
      pod(ns, 'host', '172.18.0.2', { spec: { containers: [], hostNetwork: true, nodeName: 'node-2' } })
    const withHosts = (...policies: PolicyObject[]): PolicyObjects => {
      const { pods } = objectsWith([])
      return objectsWith(policies, { pods: [...pods, host('x'), host('y')] })
    }
    expect(permission(withHosts(), 'x/host', 'x/a')).toBe('allowed')
    expect(permission(withHosts(policy({})), 'y/host', 'x/a')).toBe('blocked')
    expect(permission(withHosts(policy(from({ namespaceSelector: {} }))), 'y/host', 'x/a')).toBe('unspecified')
    expect(permission(withHosts(policy({})), 'y/host', 'x/c')).toBe('unspecified')
    expect(permission(withHosts(policy({})), 'y/a', 'x/host')).toBe('unspecified')
    expect(permission(withHosts(policy(from({ ipBlock: { cidr: '172.18.0.0/24' } }))), 'y/host', 'x/a')).toBe('allowed')
  })

  it('takes a namespace that is not listed for one without labels of its own', () => {
    const objects = objectsWith([policy(from({ namespaceSelector: labelled({ ns: 'y' }) }))], { namespaces: [] })
    expect(permission(objects, 'y/a', 'x/a')).toBe('blocked')
    const byName = labelled({ 'kubernetes.io/metadata.name': 'y' })
    expect(
      permission(objectsWith([policy(from({ namespaceSelector: byName }))], { namespaces: [] }), 'y/a', 'x/a'),
    ).toBe('allowed')
  })

  it('does not let a namespace call itself by the name of another', () => {
    const name = 'kubernetes.io/metadata.name'
    const objects = objectsWith([policy(from({ namespaceSelector: labelled({ [name]: 'y' }) }))], {
      namespaces: [namespace('z', { [name]: 'y' })],
    })
    expect(permission(objects, 'z/a', 'x/a')).toBe('blocked')
  })

  it('judges IPv6 by IPv6 blocks', () => {
    const objects = objectsWith([policy(from({ ipBlock: { cidr: 'fd00:1::/64' } }))])
    expect(permission(objects, 'y/a', 'x/a', { family: 6 })).toBe('allowed')
    expect(permission(objects, 'y/a', 'x/a', { family: 4 })).toBe('blocked')
    expect(permission(objects, 'z/a', 'x/a', { family: 6 })).toBe('blocked')
  })

  it('says nothing of a pod that has ended or has no address', () => {
    const withA = (status: V1PodStatus): PolicyObjects =>
      objectsWith([], { pods: [pod('x', 'a', '10.0.0.1', { status }), pod('x', 'b', '10.0.0.2')] })
    expect(permission(withA({ phase: 'Succeeded', podIPs: [{ ip: '10.0.0.1' }] }), 'x/a', 'x/b')).toBe('unspecified')
    expect(permission(withA({ phase: 'Pending' }), 'x/b', 'x/a')).toBe('unspecified')
    expect(permission(withA({ podIP: '10.0.0.1' }), 'x/b', 'x/a')).toBe('allowed')
  })

  it('gives the reason: what isolates and what allows', () => {
    const objects = objectsWith([
      policy({ policyTypes: ['Egress'] }, 'y', 'no-egress'),
      policy({}, 'x', 'deny-all'),
      policy(
        { ingress: [{ ports: [{ port: 81 }] }, { from: [{ podSelector: labelled({ pod: 'b' }) }] }] },
        'x',
        'from-b',
      ),
    ])
    expect(evaluate(objects, { from: end('x/b'), to: end('x/a'), port: tcp80 })).toEqual({
      permission: 'allowed',
      reason: 'egress from x/b: no policy isolates it; ingress to x/a: allowed by rule 2 of x/from-b',
      judgements: [
        { direction: 'egress', pod: 'x/b', isAllowed: true, isolatedBy: [], allowedBy: [] },
        {
          direction: 'ingress',
          pod: 'x/a',
          isAllowed: true,
          isolatedBy: ['x/deny-all', 'x/from-b'],
          allowedBy: [{ policy: 'x/from-b', rule: 1 }],
        },
      ],
    })
    expect(evaluate(objects, { from: end('y/a'), to: end('x/a'), port: tcp80 }).reason).toBe(
      'egress from y/a: isolated by y/no-egress, no rule allows it; ingress to x/a: isolated by x/deny-all, x/from-b, no rule allows it',
    )
  })

  it('refuses ends that are not among the objects', () => {
    const objects = objectsWith([])
    expect(() => permission(objects, 'x/nobody', 'x/a')).toThrow('there is no pod x/nobody among the objects')
    expect(() => permission(objects, 'node-9', 'x/a')).toThrow('there is no node node-9 among the objects')
    expect(() => permission(objects, 'nowhere', 'x/a')).toThrow('there is no machine nowhere among the objects')
  })

  it('takes a machine by its address alone', () => {
    const objects = objectsWith([policy(from({ ipBlock: { cidr: '192.0.2.0/24' } }))])
    const machine = (address: string): ProbeEnd => ({ kind: 'machine', name: 'anybody', address })
    const judge = (address: string) =>
      evaluate(objects, { from: machine(address), to: end('x/a'), port: tcp80 }).permission
    expect([judge('192.0.2.7'), judge('192.0.3.7')]).toEqual(['allowed', 'blocked'])
  })
})
