import { describe, expect, it } from 'vitest'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import { clusterNodesOf, type NodeObject, readPodCidr } from './cluster-node.ts'
import { parseIpSets } from './ip-set.ts'
import { type GuardPlan, planGuard } from './plan.ts'
import { documentForward, filterTable, kubeForward, nodeObject } from './tables.test-helper.ts'

const nodes: readonly NodeObject[] = [1, 2, 3].map((n) =>
  nodeObject(`node-${n}`, [`172.18.10.${n}`, `fd00::${n}`], [`10.42.${n}.0/24`, `fd00:42:${n}::/64`]),
)
const header = 'family inet hashsize 2048 maxelem 65536 bucketsize 12 initval 0x1234'
const rightSet = `create cluster_nodes hash:ip ${header}\nadd cluster_nodes 172.18.10.3\nadd cluster_nodes 172.18.10.1\nadd cluster_nodes 172.18.10.2\n`
const guard = '-i ens18 -m set ! --match-set cluster_nodes src -j REJECT'
const listed = `${guard} --reject-with icmp-port-unreachable`

function plan(forward: readonly string[], sets = '', objects = nodes): GuardPlan {
  const ruleset = parseRuleset(filterTable(forward, kubeForward))
  return planGuard({
    family: 4,
    ruleset,
    sets: parseIpSets(sets),
    nodes: clusterNodesOf(objects, 4),
    inInterface: 'ens18',
  })
}

describe('the rule', () => {
  it("is the document's own, inserted where the document inserts it", () => {
    expect(plan(documentForward, rightSet)).toMatchObject({
      number: 12,
      sets: '',
      unusedSets: [],
      rules: `*filter\n-I FORWARD 12 ${guard}\nCOMMIT\n`,
    })
  })

  it('is left alone when it is there', () => {
    expect(plan(documentForward.toSpliced(11, 0, listed), rightSet)).toMatchObject({ number: 12, rules: '', sets: '' })
    expect(plan(['-j LOG', ...documentForward].toSpliced(12, 0, listed), rightSet)).toMatchObject({
      number: 13,
      rules: '',
    })
  })

  it.each([
    ['too high', documentForward.toSpliced(10, 0, listed), [listed]],
    ['too low', documentForward.toSpliced(12, 0, listed), [listed]],
    ['twice', documentForward.toSpliced(11, 0, listed, listed), [listed, listed]],
    [
      'for another interface',
      documentForward.toSpliced(11, 0, listed.replace('ens18', 'eth0')),
      [listed.replace('ens18', 'eth0')],
    ],
    [
      'with an exemption that is not needed',
      documentForward.toSpliced(11, 0, listed.replace('-m set', '-m set ! --match-set cluster_pods src -m set')),
      [listed.replace('-m set', '-m set ! --match-set cluster_pods src -m set')],
    ],
  ])('is moved in one transaction when it is %s', (_name, forward, old) => {
    const deletions = old.map((spec) => `-D FORWARD ${spec}\n`).join('')
    expect(plan(forward, rightSet).rules).toBe(`*filter\n${deletions}-I FORWARD 12 ${guard}\nCOMMIT\n`)
  })

  it('exempts established traffic and pods only where nothing above accepts them, and then needs their set', () => {
    expect(plan([])).toMatchObject({
      spec: '-i ens18 -m conntrack ! --ctstate RELATED,ESTABLISHED -m set ! --match-set cluster_nodes src -m set ! --match-set cluster_pods src -j REJECT',
      sets:
        'create cluster_nodes hash:ip family inet hashsize 1024 maxelem 65536\nadd cluster_nodes 172.18.10.1\nadd cluster_nodes 172.18.10.2\nadd cluster_nodes 172.18.10.3\n' +
        'create cluster_pods hash:net family inet hashsize 1024 maxelem 65536\nadd cluster_pods 10.42.1.0/24\nadd cluster_pods 10.42.2.0/24\nadd cluster_pods 10.42.3.0/24\n',
    })
  })

  it('is of IPv6 with sets of its own', () => {
    const ruleset = parseRuleset(filterTable([]))
    const { sets, spec } = planGuard({
      family: 6,
      ruleset,
      sets: new Map(),
      nodes: clusterNodesOf(nodes, 6),
      inInterface: 'ens18',
    })
    expect(sets).toContain(
      'create cluster_nodes6 hash:ip family inet6 hashsize 1024 maxelem 65536\nadd cluster_nodes6 fd00::1\n',
    )
    expect(spec).toContain('! --match-set cluster_nodes6 src -m set ! --match-set cluster_pods6 src -j REJECT')
  })
})

describe('the set', () => {
  it('gains members before it loses others', () => {
    const other = rightSet.replace('172.18.10.2', '172.18.10.66')
    expect(plan(documentForward, other).sets).toBe(
      'add cluster_nodes 172.18.10.2 -exist\ndel cluster_nodes 172.18.10.66 -exist\n',
    )
  })

  it('is built anew and swapped in when its header is not the wanted one, after what an earlier swap left', () => {
    const small = rightSet.replace('maxelem 65536', 'maxelem 4')
    const swapped =
      'create cluster_nodes_new hash:ip family inet hashsize 1024 maxelem 65536\nadd cluster_nodes_new 172.18.10.1\nadd cluster_nodes_new 172.18.10.2\n' +
      'add cluster_nodes_new 172.18.10.3\nswap cluster_nodes_new cluster_nodes\ndestroy cluster_nodes_new\n'
    expect(plan(documentForward, small).sets).toBe(swapped)
    expect(plan(documentForward, rightSet.replace('bucketsize', 'timeout 300 bucketsize')).sets).toBe(swapped)
    const left = `${small}create cluster_nodes_new hash:ip ${header}\n`
    expect(plan(documentForward, left)).toMatchObject({ sets: `destroy cluster_nodes_new\n${swapped}`, unusedSets: [] })
  })

  it('has room for more nodes than ipset gives by default', () => {
    const many = Array.from({ length: 65_537 }, (_, n) =>
      nodeObject(
        `node-${n}`,
        [`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`.replace('10.0.0.0', '10.9.0.0')],
        ['10.42.0.0/16'],
      ),
    )
    expect(plan(documentForward, '', many).sets).toMatch(
      /^create cluster_nodes hash:ip family inet hashsize 1024 maxelem 131072\n/,
    )
  })

  it('is not of use any more when the rule stopped needing it', () => {
    const pods = `create cluster_pods hash:net ${header}\nadd cluster_pods 10.42.1.0/24\n`
    expect(plan(documentForward.toSpliced(11, 0, listed), rightSet + pods)).toMatchObject({
      rules: '',
      sets: '',
      unusedSets: ['cluster_pods'],
    })
  })

  it.each([
    ['hash:net family inet', 'exists as hash:net, family inet: expected hash:ip, family inet'],
    ['hash:ip family inet6', 'exists as hash:ip, family inet6: expected hash:ip, family inet'],
    ['list:set size 8', 'exists as list:set, family none: expected hash:ip, family inet'],
  ])("is refused as somebody else's when it is %s", (type, message) => {
    expect(() => plan(documentForward, `create cluster_nodes ${type}\n`)).toThrow(`the set cluster_nodes ${message}`)
  })

  it('is read with the line of what is not understood', () => {
    expect(() => parseIpSets('create a hash:ip family inet\nadd b 1.1.1.1\n')).toThrow(
      'ipset save: line 2: expected "create NAME TYPE …"',
    )
  })
})

describe('nodes that would cut the cluster off', () => {
  it.each<[string, readonly NodeObject[], string]>([
    ['none', [], 'the cluster has no nodes: with an empty set, the guard would reject the traffic of every node'],
    [
      'one without addresses',
      [...nodes, nodeObject('new', [])],
      'node new has no IPv4 InternalIP (it has none at all): the guard would shut it out',
    ],
    [
      'one of the other family only',
      [nodeObject('six', ['fd00::6'])],
      'node six has no IPv4 InternalIP (it has only fd00::6)',
    ],
    [
      'one with a bad address',
      [nodeObject('bad', ['172.18.10.300'])],
      'node bad: its InternalIP "172.18.10.300" is not an address',
    ],
    [
      'one with the address of all',
      [nodeObject('zero', ['0.0.0.0'])],
      'node zero: its InternalIP 0.0.0.0 is no address of a node',
    ],
    ['one without a name', [{}], 'node 1 of the list has no metadata.name'],
    [
      'one with a bad pod CIDR',
      [nodeObject('cidr', ['172.18.10.9'], ['10.42.0.1/24'])],
      'node cidr: pod CIDR "10.42.0.1/24" has host bits set',
    ],
    [
      'one whose pods are everywhere',
      [nodeObject('all', ['172.18.10.9'], ['0.0.0.0/0'])],
      'node all: pod CIDR 0.0.0.0/0 is every address',
    ],
    ['only ones without pod CIDRs', [nodeObject('bare', ['172.18.10.9'])], 'no node has an IPv4 pod CIDR'],
  ])('are refused: %s', (_name, objects, message) => {
    expect(() => plan(documentForward, '', objects)).toThrow(message)
  })

  it('may lack pod CIDRs when these are given', () => {
    const bare = clusterNodesOf([nodeObject('bare', ['172.18.10.9'])], 4)
    const podCidrs = [readPodCidr('10.42.0.0/16', '--pod-cidr')]
    const ruleset = parseRuleset(filterTable(documentForward, kubeForward))
    expect(planGuard({ family: 4, ruleset, sets: new Map(), nodes: bare, podCidrs, inInterface: 'ens18' }).number).toBe(
      12,
    )
  })

  it('may be new and have no pods yet', () => {
    expect(plan(documentForward, rightSet, [...nodes, nodeObject('new', ['172.18.10.4'])]).sets).toBe(
      'add cluster_nodes 172.18.10.4 -exist\n',
    )
  })
})
