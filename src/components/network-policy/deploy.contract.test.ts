import type { V1NetworkPolicy } from '@kubernetes/client-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Cluster, Pod } from '../../cluster/cluster.ts'
import { parseProfile } from '../../cluster/load-profile.ts'
import { tcp } from '../../probe/transport.ts'
import { createCluster } from '../../providers/create-cluster.ts'
import { deltaOf } from '../../ruleset/delta.ts'
import { readRuleset } from '../../ruleset/read-ruleset.ts'
import { deployNetworkPolicy, waitForPolicies } from './deploy.ts'
import { removeNetworkPolicy } from './remove.ts'

const profile = parseProfile(
  `
name: network-policy-test
description: Two nodes in both families
nodeSubnets: [172.18.0.0/16, "fc00:18::/64"]
podCidrs: [10.244.0.0/16, "fd00:10:244::/56"]
serviceCidrs: [10.96.0.0/16, "fd00:10:96::/112"]
nodes: [{ name: node-1 }, { name: node-2 }]
`,
  'the profile of this test',
)
const options = { refreshInterval: '300ms' }
const image = 'registry.k8s.io/e2e-test-images/agnhost:2.53'

let cluster: Cluster
let [server, friend, stranger]: Pod[] = []

beforeAll(async () => {
  cluster = await createCluster(profile)
  const args = ['netexec', '--http-port=8080', '--udp-port=-1']
  ;[server, friend, stranger] = await Promise.all([
    cluster.runPod({ name: 'server', node: 'node-2', image, args, labels: { app: 'web' } }),
    cluster.runPod({ name: 'friend', node: 'node-1', labels: { role: 'friend' } }),
    cluster.runPod({ name: 'stranger', node: 'node-2' }),
  ])
  await deployNetworkPolicy(cluster, options)
})

afterAll(async () => cluster[Symbol.asyncDispose]())

function policy(name: string, spec: object): V1NetworkPolicy {
  const metadata = { name, namespace: 'default' }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata,
    spec: spec as V1NetworkPolicy['spec'],
  } as V1NetworkPolicy
}

const isolating = policy('isolate', { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'] })
const allowing = policy('allow', {
  podSelector: { matchLabels: { app: 'web' } },
  ingress: [{ from: [{ podSelector: { matchLabels: { role: 'friend' } } }], ports: [{ port: 8080 }] }],
})

async function outcomes(family: 4 | 6 = 4): Promise<string> {
  const address = server?.addresses[family === 4 ? 0 : 1] ?? ''
  const sources = [friend, stranger, cluster.node('node-2'), cluster.node('node-1')]
  const probes = sources.map(async (source) => source && (await tcp(source, address, 8080, { timeoutMs: 300 })).outcome)
  return (await Promise.all(probes)).join(' ')
}

async function onNode(...argv: readonly string[]): Promise<string> {
  const result = await cluster.node('node-2').exec(argv)
  expect(result.stderr).toBe('')
  return result.stdout
}

test('a cluster that has Calico is refused, for both would write the same chains', async () => {
  const labels = { 'k8s-app': 'calico-node' }
  const calico = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'calico-node', namespace: 'kube-system', labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { nodeSelector: { nowhere: '' }, containers: [{ name: 'calico-node', image }] },
      },
    },
  }
  await cluster.apply([calico])
  await expect(deployNetworkPolicy(cluster, options)).rejects.toMatchObject({
    code: 'E_CLUSTER',
    message: expect.stringContaining('DaemonSet kube-system/calico-node') as string,
  })
  await cluster.delete([calico])
})

test('without a policy everybody reaches everybody', async () => {
  expect(await outcomes()).toBe('ok ok ok ok')
})

test('an isolated pod is reached by its own node alone, in both families', async () => {
  await cluster.apply([isolating])
  await waitForPolicies(cluster, options)
  expect(await outcomes()).toBe('timed-out timed-out ok timed-out')
  expect(await outcomes(6)).toBe('timed-out timed-out ok timed-out')
})

test('a second policy adds what it allows, on the port that it names', async () => {
  await cluster.apply([allowing])
  await waitForPolicies(cluster, options)
  expect(await outcomes()).toBe('ok timed-out ok timed-out')
  expect(await outcomes(6)).toBe('ok timed-out ok timed-out')
})

test('a label that changes is a set that changes: no rule is touched, no counter lost', async () => {
  const before = await readRuleset(cluster.node('node-2'), { table: 'filter' })
  await relabel('stranger', { role: 'friend' })
  await waitForPolicies(cluster, options)
  const { added, removed, voids } = deltaOf(before, await readRuleset(cluster.node('node-2'), { table: 'filter' }))
  expect({ added, removed, voids }).toEqual({ added: [], removed: [], voids: [] })
  expect(await outcomes()).toBe('ok ok ok timed-out')
  await relabel('stranger', { role: null })
  await waitForPolicies(cluster, options)
  expect(await outcomes()).toBe('ok timed-out ok timed-out')
})

async function relabel(name: string, labels: Record<string, string | null>): Promise<void> {
  const { PatchStrategy, setHeaderOptions } = await import('@kubernetes/client-node')
  const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
  await cluster.api.core.patchNamespacedPod({ name, namespace: 'default', body: { metadata: { labels } } }, merge)
}

test('a policy of another pod leaves the counters of this one alone', async () => {
  const chain = (await onNode('iptables', '-S')).match(/-N (cali-tw-\S+)/)?.[1] ?? ''
  const count = async () =>
    (await onNode('iptables', '-nvxL', chain))
      .split('\n')
      .slice(2)
      .map((line) => line.trim().split(/\s+/)[0])
  const before = await count()
  expect(before.some((packets) => packets !== '0')).toBe(true)
  await cluster.apply([policy('other', { podSelector: { matchLabels: { app: 'nobody' } } })])
  await waitForPolicies(cluster, options)
  expect(await count()).toEqual(before)
})

test.each([
  ['a flushed chain', ['iptables', '-F', 'cali-FORWARD']],
  ['a jump that is gone', ['iptables', '-D', 'FORWARD', '1']],
  ['a jump that is not the first rule', ['iptables', '-I', 'FORWARD', '1', '-p', 'tcp', '-j', 'ACCEPT']],
  ['a foreign rule in a chain', ['iptables', '-I', 'cali-to-wl-dispatch', '1', '-j', 'RETURN']],
  ['a foreign chain of such a name', ['iptables', '-N', 'cali-foreign']],
  ['an emptied set', ['sh', '-c', 'ipset flush "$(ipset list -n | grep cali40s)"']],
])('%s is healed', async (_, argv) => {
  const rules = async () =>
    [await onNode('iptables-save', '-t', 'filter'), await onNode('ipset', 'save')]
      .join('\n')
      .replace(/#.*|\[\d+:\d+\]/g, '')
  const before = await rules()
  await onNode(...argv)
  expect(await rules()).not.toBe(before)
  await waitForPolicies(cluster, options, { timeoutMs: 10_000 })
  expect(await outcomes()).toBe('ok timed-out ok timed-out')
  if (argv.includes('ACCEPT')) await onNode('iptables', '-D', 'FORWARD', '-p', 'tcp', '-j', 'ACCEPT')
})

test('a rule that was replaced under its own hash is healed, too', async () => {
  const listing = await onNode('iptables-save', '-t', 'filter')
  const rule =
    /-A (cali-tw-\S+) (-m comment --comment "cali:\S+" -m comment --comment "End of tier default\.[^"]*") .*-j DROP/.exec(
      listing,
    )
  const [, chain = '', comments = ''] = rule ?? []
  const rules = listing.split('\n').filter((line) => line.startsWith(`-A ${chain} `))
  const number = String(rules.findIndex((line) => line.includes('End of tier')) + 1)
  const words = [...comments.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
  await onNode('iptables', '-R', chain, number, ...words, '-j', 'RETURN')
  await expect.poll(() => onNode('iptables-save', '-t', 'filter'), { timeout: 10_000 }).toContain(rule?.[0])
})

test('an agent that starts anew heals what was changed while it was away', async () => {
  const chain = 'cali-wl-to-host'
  const before = await onNode('iptables', '-S', chain)
  const [, , last = ''] = before.split('\n')
  const words = [...last.replace(/^-A \S+ /, '').matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? '',
  )
  const { items } = await cluster.api.core.listNamespacedPod({ namespace: 'kube-system' })
  await onNode('iptables', '-R', chain, '2', ...words.slice(0, -1), 'DROP')
  await cluster.delete(items.map(({ metadata }) => ({ apiVersion: 'v1', kind: 'Pod', metadata: metadata ?? {} })))
  await expect.poll(() => onNode('iptables', '-S', chain), { timeout: 10_000 }).toBe(before)
})

test('policies that are deleted take their chains and sets with them', async () => {
  await cluster.delete([allowing, isolating, policy('other', { podSelector: {} })])
  await waitForPolicies(cluster, options)
  expect(await outcomes()).toBe('ok ok ok ok')
  expect(await onNode('iptables-save')).not.toContain('cali-pi-')
  expect(await onNode('ipset', 'list', '-n')).not.toContain('cali40')
})

test('rules that the API server would refuse are refused by it', async () => {
  const endPort = policy('bad', { podSelector: {}, ingress: [{ ports: [{ port: 90, endPort: 80 }] }] })
  await expect(cluster.apply([endPort])).rejects.toThrow(/endPort.*greater than or equal/)
})

test('removing leaves nothing, and everybody reaches everybody', async () => {
  await cluster.apply([isolating])
  await waitForPolicies(cluster, options)
  await removeNetworkPolicy(cluster, options)
  for (const program of ['iptables-save', 'ip6tables-save']) expect(await onNode(program)).not.toContain('cali')
  expect(await onNode('ipset', 'save')).toBe('')
  expect(await outcomes()).toBe('ok ok ok ok')
})
