import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isolatedHost } from '../../ruleset/isolated-host.test-helper.ts'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import { mustRun, type RunTool, toolsOf } from '../run-tool.ts'
import { clusterNodesOf } from './cluster-node.ts'
import type { IpFamily } from './guard-rule.ts'
import { parseIpSets } from './ip-set.ts'
import { planGuard } from './plan.ts'
import { type GuardOptions, inspectGuard, isInPlace, reconcileGuard, removeGuard } from './reconcile.ts'
import { documentForward, filterTable, kubeForward, nodeObject } from './tables.test-helper.ts'

const addresses = { 4: ['172.18.10.1', '172.18.10.2', '172.18.10.3'], 6: ['fd00::1', 'fd00::2', 'fd00::3'] }
const objects = [1, 2, 3].map((n) =>
  nodeObject(`node-${n}`, [`172.18.10.${n}`, `fd00::${n}`], [`10.42.${n}.0/24`, `fd00:42:${n}::/64`]),
)
const options: GuardOptions = { backend: 'auto', podCidrs: [] }
const guard = '-A FORWARD -i ens18 -m set ! --match-set cluster_nodes src -j REJECT --reject-with icmp-port-unreachable'

let host: Awaited<ReturnType<typeof isolatedHost>>
let run: RunTool

beforeEach(async () => {
  host = await isolatedHost()
  run = toolsOf(host)
  for (const words of [
    'link add ens18 type veth peer name outside',
    'link set ens18 up',
    'link set outside up',
    'address add 172.18.10.1/16 dev ens18',
    'address add fd00::1/64 dev ens18 nodad',
  ]) {
    await mustRun(run, ['ip', ...words.split(' ')])
  }
})

afterEach(async () => {
  await host[Symbol.asyncDispose]()
})

async function forwardRules(command: string): Promise<string[]> {
  const text = await mustRun(run, [`${command}-save`, '-t', 'filter'])
  return text.split('\n').filter((line) => line.startsWith('-A FORWARD'))
}

async function members(name: string): Promise<string[]> {
  return [...(parseIpSets(await mustRun(run, ['ipset', 'save', name])).get(name)?.members ?? [])].sort()
}

async function reconcile(family: IpFamily = 4, nodes = objects, more: Partial<GuardOptions> = {}): Promise<string[]> {
  const applied: string[] = []
  await reconcileGuard(run, family, clusterNodesOf(nodes, family), { ...options, ...more }, (what) =>
    applied.push(what),
  )
  return applied
}

describe.each(['nft', 'legacy'] as const)('with iptables-%s', (backend) => {
  const command = `iptables-${backend}`

  beforeEach(async () => {
    await mustRun(run, [`${command}-restore`], filterTable(documentForward, kubeForward))
  })

  it('puts the rule at place 12 of 14 and nothing else, and then changes nothing', async () => {
    expect(await reconcile()).toHaveLength(2)
    expect(await forwardRules(command)).toHaveLength(14)
    expect((await forwardRules(command)).indexOf(guard)).toBe(11)
    expect(await members('cluster_nodes')).toEqual(addresses[4])
    expect(await mustRun(run, ['ipset', 'list', '-n'])).toBe('cluster_nodes\n')
    expect(await reconcile()).toEqual([])
  })

  it.each([
    ['is deleted', ['-D', 'FORWARD', '12']],
    ['is there twice', ['-I', 'FORWARD', '3', ...guard.split(' ').slice(2)]],
    ['has an accept above it', ['-I', 'FORWARD', '2', '-d', '10.42.0.0/16', '-p', 'udp', '-j', 'ACCEPT']],
  ])('heals: the rule %s', async (_name, change) => {
    await reconcile()
    await mustRun(run, [command, ...change])
    await reconcile(4)
    const rules = await forwardRules(command)
    expect(rules.filter((rule) => rule.includes('cluster_nodes'))).toHaveLength(1)
    expect(isInPlace(await inspectGuard(run, 4, clusterNodesOf(objects, 4), options))).toBe(true)
  })

  it('heals: the set is emptied, has a stranger, is too small', async () => {
    await reconcile()
    await mustRun(run, ['ipset', 'flush', 'cluster_nodes'])
    await mustRun(run, ['ipset', 'add', 'cluster_nodes', '172.18.10.66'])
    await reconcile()
    expect(await members('cluster_nodes')).toEqual(addresses[4])
    await mustRun(run, ['ipset', 'create', 'small', 'hash:ip', 'maxelem', '3'])
    await mustRun(run, ['ipset', 'swap', 'small', 'cluster_nodes'])
    await mustRun(run, ['ipset', 'destroy', 'small'])
    expect(await reconcile()).toEqual([expect.stringContaining('swap cluster_nodes_new cluster_nodes')])
    expect(await members('cluster_nodes')).toEqual(addresses[4])
    expect((await forwardRules(command)).indexOf(guard)).toBe(11)
  })

  it('follows nodes without touching a rule', async () => {
    await reconcile()
    expect(await reconcile(4, [...objects, nodeObject('node-4', ['172.18.10.4'])])).toEqual([
      'add cluster_nodes 172.18.10.4 -exist\n',
    ])
    expect(await reconcile(4, objects.slice(0, 2))).toEqual([
      'del cluster_nodes 172.18.10.3 -exist\ndel cluster_nodes 172.18.10.4 -exist\n',
    ])
  })

  it('exempts pods where the accepts are gone, and drops the exemption when they are back', async () => {
    await reconcile()
    await mustRun(run, [command, '-D', 'FORWARD', '-s', '10.42.0.0/16', '-j', 'ACCEPT'])
    await reconcile()
    expect(await members('cluster_pods')).toEqual(['10.42.1.0/24', '10.42.2.0/24', '10.42.3.0/24'])
    expect((await forwardRules(command))[10]).toContain('! --match-set cluster_pods src')
    await mustRun(run, [command, '-I', 'FORWARD', '3', '-s', '10.42.0.0/16', '-j', 'ACCEPT'])
    await reconcile()
    expect((await forwardRules(command)).indexOf(guard)).toBe(11)
    expect(await mustRun(run, ['ipset', 'list', '-n'])).toBe('cluster_nodes\n')
  })

  it('leaves the table and the sets as they were before it when it is removed', async () => {
    const before = await forwardRules(command)
    await reconcile()
    expect(await removeGuard(run, 4)).toBe(true)
    expect(await forwardRules(command)).toEqual(before)
    expect(await mustRun(run, ['ipset', 'list', '-n'])).toBe('')
    expect(await removeGuard(run, 4)).toBe(false)
  })

  it('moves the rule whole or not at all', async () => {
    await reconcile()
    const before = await forwardRules(command)
    const payload = `*filter\n-D FORWARD ${guard.slice(11)}\n-I FORWARD 99 ${guard.slice(11)}\nCOMMIT\n`
    await expect(mustRun(run, [`${command}-restore`, '--noflush'], payload)).rejects.toThrow(
      /iptables.*restore.*line 3 failed/s,
    )
    expect(await forwardRules(command)).toEqual(before)
  })

  it('plans what iptables-restore --test accepts', async () => {
    const ruleset = parseRuleset(await mustRun(run, [`${command}-save`, '-t', 'filter']))
    const plan = planGuard({
      family: 4,
      ruleset,
      sets: new Map(),
      nodes: clusterNodesOf(objects, 4),
      inInterface: 'ens18',
    })
    await mustRun(run, ['ipset', 'restore'], plan.sets)
    await mustRun(run, [`${command}-restore`, '--noflush', '--test'], plan.rules)
    expect(await forwardRules(command)).toHaveLength(13)
  })
})

describe('with both variants of iptables', () => {
  it('guards where more of the rules are, says so, and takes a guard away from the other', async () => {
    await mustRun(run, ['iptables-nft-restore'], filterTable(documentForward, kubeForward))
    await mustRun(run, ['iptables-legacy', '-A', 'FORWARD', '-i', 'docker0', '-j', 'ACCEPT'])
    await reconcile(4, objects, { backend: 'legacy' })
    expect(await forwardRules('iptables-legacy')).toHaveLength(2)
    await reconcile()
    expect(await forwardRules('iptables-legacy')).toHaveLength(1)
    expect(await forwardRules('iptables-nft')).toContain(guard)
    const { tables } = await inspectGuard(run, 4, clusterNodesOf(objects, 4), options)
    expect(tables.warnings).toEqual([
      'both iptables-nft (13) and iptables-legacy (1) have rules in FORWARD, and packets pass both: the guard is in iptables-nft',
    ])
  })
})

describe('in a namespace without rules', () => {
  it('guards IPv6 beside IPv4, and both end', async () => {
    await reconcile(4)
    await reconcile(6)
    expect(await members('cluster_nodes6')).toEqual(addresses[6])
    expect(await forwardRules('ip6tables')).toEqual([expect.stringContaining('! --match-set cluster_nodes6 src')])
    expect(await reconcile(6)).toEqual([])
    for (const family of [4, 6] as const) await removeGuard(run, family)
    expect(await forwardRules('ip6tables')).toEqual([])
    expect(await mustRun(run, ['ipset', 'list', '-n'])).toBe('')
  })

  it.each<[string, Partial<GuardOptions>, string]>([
    [
      'a machine that is no node',
      { nodeName: 'node-9' },
      "this node, node-9, is not among the cluster's nodes (node-1, node-2, node-3)",
    ],
    [
      'an interface that does not exist',
      { inInterface: 'eth7' },
      'there is no interface eth7: this machine has lo, outside, ens18',
    ],
  ])('refuses %s and touches nothing', async (_name, more, message) => {
    await expect(reconcile(4, objects, more)).rejects.toThrow(message)
    expect(await mustRun(run, ['ipset', 'list', '-n'])).toBe('')
    expect(await forwardRules('iptables')).toEqual([])
  })

  it("refuses when no address of the machine is a node's, and finds the interface by the route when only the name fits", async () => {
    await mustRun(run, ['ip', 'address', 'flush', 'dev', 'ens18'])
    await mustRun(run, ['ip', 'address', 'add', '172.18.77.7/16', 'dev', 'ens18'])
    await expect(reconcile()).rejects.toThrow(
      "none of this machine's addresses (172.18.77.7) is that of a node (node-1, node-2, node-3)",
    )
    await reconcile(4, objects, { nodeName: 'node-1' })
    expect(await forwardRules('iptables')).toEqual([expect.stringContaining('-A FORWARD -i ens18 ')])
  })

  it('keeps the words of ipset when a set cannot be destroyed because somebody else uses it', async () => {
    await reconcile()
    await mustRun(run, ['iptables', '-A', 'INPUT', '-m', 'set', '--match-set', 'cluster_nodes', 'src', '-j', 'ACCEPT'])
    await expect(removeGuard(run, 4)).rejects.toThrow('Set cannot be destroyed: it is in use by a kernel component')
  })

  it('says which tool is missing', async () => {
    const without: RunTool = async (argv, stdin) =>
      argv[0] === 'ipset' ? await run(['no-such-program'], stdin) : await run(argv, stdin)
    await expect(reconcileGuard(without, 4, clusterNodesOf(objects, 4), options)).rejects.toMatchObject({
      code: 'E_TOOL_MISSING',
      hint: 'install ipset',
    })
  })
})
