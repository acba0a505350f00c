import { describe, expect, it } from 'vitest'
import { readClusterFacts } from './cluster-facts.ts'
import { newKey, nodeObject, podObject } from './objects.test-helper.ts'
import { planPeers } from './plan-peers.ts'

const [keyA, keyB, keyC] = [newKey(), newKey(), newKey()]
const a = nodeObject('a', ['172.18.0.2'], keyA)
const b = nodeObject('b', ['fd00::3', '172.18.0.3'], keyB)

describe('readClusterFacts', () => {
  const pods = (...list: ReturnType<typeof podObject>[]): readonly string[] =>
    readClusterFacts([a, b], list).nodes.find(({ name }) => name === 'b')?.podAddresses ?? []

  it('takes the pods that have a network of their own and are not over, both families, in order', () => {
    const found = pods(
      podObject('two', 'b', ['10.0.1.10', 'FD00:10::A']),
      podObject('one', 'b', ['10.0.1.9']),
      podObject('elsewhere', 'a', ['10.0.0.9']),
      podObject('on-host', 'b', ['172.18.0.3'], { hostNetwork: true }),
      podObject('done', 'b', ['10.0.1.11'], { phase: 'Succeeded' }),
      podObject('crashed', 'b', ['10.0.1.12'], { phase: 'Failed' }),
      podObject('pending', 'b', []),
    )
    expect(found).toEqual(['10.0.1.9', '10.0.1.10', 'fd00:10::a'])
  })

  it('gives an address that two pods have to the younger', () => {
    const old = podObject('old', 'a', ['10.0.1.9'], { creationTimestamp: '2026-01-01T00:00:00Z' })
    const young = podObject('young', 'b', ['10.0.1.9'], { creationTimestamp: '2026-01-02T00:00:00Z' })
    expect(pods(young, old)).toEqual(['10.0.1.9'])
    expect(pods(old, young)).toEqual(['10.0.1.9'])
  })

  it('names what makes no sense and goes on', () => {
    const odd = nodeObject('odd', ['not-an-address'], 'c2hvcnQ=', ['10.0.0.0/99'])
    const taken = podObject('taken', 'b', ['172.18.0.2', 'x'])
    const { nodes, problems } = readClusterFacts([a, b, odd], [taken])
    expect(nodes.map(({ name }) => name)).toEqual(['a', 'b', 'odd'])
    expect(problems).toEqual([
      'node "odd": its InternalIP "not-an-address" is not an address',
      'pod default/taken: 172.18.0.2 is the address of a node',
      'pod default/taken: "x" is not an address',
      expect.stringContaining('node "odd": pod CIDR'),
      'node "odd": annotation network.cilium.io/wg-pub-key is no WireGuard public key: expected 32 bytes in base64 (44 characters), found 5 bytes',
    ])
  })
})

describe('planPeers', () => {
  const plan = (self: string, nodes: Parameters<typeof readClusterFacts>[0], accepted?: ReadonlyMap<string, string>) =>
    planPeers(
      self,
      undefined,
      readClusterFacts(nodes, [podObject('p', 'b', ['10.0.1.9', 'fd00:10::9'])]).nodes,
      accepted,
    )

  it('makes a peer of each other node: IPv4 endpoint first, one prefix for each pod, never the node itself', () => {
    expect(plan('a', [a, b])).toEqual({
      peers: [
        { node: 'b', publicKey: keyB, endpoint: '172.18.0.3:51871', allowedIps: ['10.0.1.9/32', 'fd00:10::9/128'] },
      ],
      problems: [],
    })
    expect(plan('a', [a, nodeObject('v6', ['fd00::6'], keyC)]).peers[0]?.endpoint).toBe('[fd00::6]:51871')
  })

  it('leaves a node without a key out, in silence: it has not joined yet', () => {
    expect(plan('a', [a, nodeObject('c', ['172.18.0.4'])])).toEqual({ peers: [], problems: [] })
  })

  it('refuses a key that another node has, or this one, in the words of Cilium', () => {
    const twin = nodeObject('twin', ['172.18.0.9'], keyB)
    expect(plan('a', [a, b, twin])).toMatchObject({
      peers: [{ node: 'b' }],
      problems: ['detected duplicate public key. node "twin" uses same key as existing node "b"'],
    })
    const own = planPeers('a', keyA, readClusterFacts([a, nodeObject('z', ['172.18.0.9'], keyA)], []).nodes)
    expect(own.problems).toEqual(['detected duplicate public key. node "z" uses same key as existing node "a"'])
  })

  it('lets the one that had the key keep it, whatever the names', () => {
    const thief = nodeObject('aa-thief', ['172.18.0.9'], keyB)
    expect(plan('a', [a, b, thief]).peers.map(({ node }) => node)).toEqual(['aa-thief'])
    expect(plan('a', [a, b, thief], new Map([[keyB, 'b']])).peers.map(({ node }) => node)).toEqual(['b'])
  })

  it('says that a node with a key and no address cannot be a peer', () => {
    expect(plan('a', [a, nodeObject('c', [], keyC)]).problems).toEqual([
      'node "c" has a public key and no InternalIP: it cannot be a peer',
    ])
  })
})
