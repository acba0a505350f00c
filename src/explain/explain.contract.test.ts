import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Cluster, Pod } from '../cluster/cluster.ts'
import { createCluster } from '../providers/create-cluster.ts'
import { explain } from './explain.ts'
import { explanationText } from './explanation-text.ts'

const server = 'registry.k8s.io/e2e-test-images/agnhost:2.53'
const plain = (text: string): string => text
const style = { bold: plain, dim: plain, green: plain, red: plain, yellow: plain }

let cluster: Cluster
let client: Pod

beforeAll(async () => {
  cluster = await createCluster('masquerade')
  const args = ['netexec', '--http-port=8080', '--udp-port=8081']
  ;[client] = await Promise.all([
    cluster.runPod({ name: 'client', node: 'worker-1' }),
    cluster.runPod({ name: 'server', node: 'worker-2', image: server, args }),
  ])
})

afterAll(async () => cluster[Symbol.asyncDispose]())

async function rule(node: string, operation: '-A' | '-D', ...spec: readonly string[]): Promise<void> {
  const result = await cluster.node(node).exec(['iptables', '-w', ...spec.slice(0, 2), operation, ...spec.slice(2)])
  expect(result.stderr).toBe('')
}

test('a delivered packet is told host by host, and its answer', async () => {
  const told = await explain(cluster, { from: 'client', to: 'server:8080' })
  expect(told.legs.map(({ passages }) => passages.map(({ host }) => host))).toEqual([
    ['client', 'worker-1', 'worker-2', 'server'],
  ])
  expect(told.ending).toMatchObject({ kind: 'delivered', host: 'server' })
  expect(told.answer?.passages.map(({ host }) => host)).toEqual(['server', 'worker-2', 'worker-1', 'client'])
  const node = told.legs[0]?.passages[1]
  expect(node?.hooks.map(({ hook }) => hook)).toEqual(['prerouting', 'forward', 'postrouting'])
  expect(node?.route).toMatchObject({ found: true, device: 'eth0', gateway: cluster.node('worker-2').addresses[0] })
})

test.each(['icmp', 'udp'] as const)('%s is told as TCP is', async (protocol) => {
  const to = protocol === 'udp' ? 'default/server:8081' : 'server'
  const told = await explain(cluster, { from: 'client', to, protocol })
  expect(told.ending).toMatchObject({ kind: 'delivered', host: 'server' })
  expect(told.answer?.passages).toHaveLength(4)
})

test('IPv6 is told as IPv4 is', async () => {
  const pod = await cluster.api.core.readNamespacedPod({ namespace: 'default', name: 'server' })
  const address = pod.status?.podIPs?.[1]
  const told = await explain(cluster, { from: 'client', to: `[${address?.ip}]:8080` })
  expect(told.ending).toMatchObject({ kind: 'delivered', host: 'server' })
  expect(told.legs[0]?.passages).toHaveLength(4)
})

test('the rule that drops a packet is named', async () => {
  const spec = [
    '-t',
    'filter',
    'FORWARD',
    '-d',
    `${await serverAddress()}/32`,
    '-p',
    'tcp',
    '-m',
    'tcp',
    '--dport',
    '8080',
    '-j',
    'DROP',
  ]
  await rule('worker-2', '-A', ...spec)
  try {
    const told = await explain(cluster, { from: 'client', to: 'server:8080', timeoutMs: 300 })
    expect(told.outcome.outcome).toBe('timed-out')
    expect(told.ending).toMatchObject({
      kind: 'dropped',
      host: 'worker-2',
      decidedBy: { table: 'filter', chain: 'FORWARD' },
    })
    expect(told.ending.decidedBy?.rule).toContain('--dport 8080 -j DROP')
    expect(explanationText(told, style)).toContain('■ dropped on worker-2 in FORWARD')
  } finally {
    await rule('worker-2', '-D', ...spec)
  }
})

test('a chain policy that drops is named as such', async () => {
  const set = (policy: string) => cluster.node('worker-1').exec(['iptables', '-w', '-P', 'FORWARD', policy])
  await set('DROP')
  try {
    const told = await explain(cluster, { from: 'client', to: 'server:8080', timeoutMs: 300 })
    expect(told.ending).toMatchObject({
      kind: 'dropped',
      host: 'worker-1',
      decidedBy: { table: 'filter', chain: 'FORWARD' },
    })
    expect(told.ending.text).toContain('the policy of filter FORWARD')
  } finally {
    await set('ACCEPT')
  }
})

test('a rejected packet is told apart from a dropped one', async () => {
  const spec = ['-t', 'filter', 'FORWARD', '-p', 'udp', '-j', 'REJECT']
  await rule('worker-1', '-A', ...spec)
  try {
    const told = await explain(cluster, { from: 'client', to: 'server:8081', protocol: 'udp' })
    expect(told.ending).toMatchObject({ kind: 'rejected', host: 'worker-1' })
  } finally {
    await rule('worker-1', '-D', ...spec)
  }
})

test('what NAT rewrites is put down to its rule, and followed beyond it', async () => {
  const node = cluster.node('worker-1').addresses[0] ?? ''
  const spec = ['-t', 'nat', 'POSTROUTING', '-d', '203.0.113.0/24', '-j', 'MASQUERADE']
  await rule('worker-1', '-A', ...spec)
  try {
    const told = await explain(cluster, { from: 'client', to: 'internet' })
    expect(told.ending).toMatchObject({ kind: 'delivered', host: 'internet' })
    const steps = told.legs[0]?.passages.flatMap(({ hooks }) => hooks.flatMap(({ rules }) => rules)) ?? []
    const rewriting = steps.filter(({ rewrite }) => rewrite !== undefined)
    expect(rewriting).toHaveLength(1)
    expect(rewriting[0]).toMatchObject({
      table: 'nat',
      rewrite: { before: { source: client.addresses[0] }, after: { source: node } },
    })
    expect(told.answer?.passages.at(-1)?.entered.destination).toBe(client.addresses[0])
  } finally {
    await rule('worker-1', '-D', ...spec)
  }
})

test('a redirect into a port of the sender is told as one', async () => {
  const redirect = ['iptables', '-w', '-t', 'nat']
  const spec = ['OUTPUT', '-p', 'tcp', '--dport', '80', '-j', 'REDIRECT', '--to-ports', '15001']
  await client.exec([...redirect, '-A', ...spec])
  try {
    const told = await explain(cluster, { from: 'client', to: 'internet:80' })
    expect(told.ending).toMatchObject({ kind: 'proxied', host: 'client' })
    expect(told.legs[0]?.passages.every(({ host }) => host === 'client')).toBe(true)
  } finally {
    await client.exec([...redirect, '-D', ...spec])
  }
})

test('an address without a route is told by whom it was given up', async () => {
  const remove = await client.exec(['ip', 'route', 'del', 'default'])
  expect(remove.stderr).toBe('')
  try {
    const told = await explain(cluster, { from: 'client', to: 'internet' })
    expect(told).toMatchObject({ legs: [], ending: { kind: 'no-route', host: 'client' } })
    expect(told.ending.text).toContain('Network is unreachable')
  } finally {
    await client.exec(['ip', 'route', 'add', 'default', 'via', '169.254.1.1', 'dev', 'eth0'])
  }
})

test('a node that does not forward is told with the settings that may be why', async () => {
  const set = (value: string) => cluster.node('worker-2').exec(['sysctl', '-qw', `net.ipv4.ip_forward=${value}`])
  await set('0')
  try {
    const told = await explain(cluster, { from: 'client', to: 'server:8080', timeoutMs: 300 })
    expect(told.ending).toMatchObject({ kind: 'no-route', host: 'worker-2' })
    expect(told.ending.text).toContain('net.ipv4.ip_forward is 0')
  } finally {
    await set('1')
  }
})

test('a destination that no host has is lost after the last host that saw it', async () => {
  const told = await explain(cluster, { from: 'client', to: '192.0.2.200:80', timeoutMs: 300 })
  expect(told.ending).toMatchObject({ kind: 'lost', host: 'worker-1' })
})

test('nothing of a trace stays behind', async () => {
  for (const host of [client, ...cluster.nodes]) {
    expect((await host.exec(['nft', 'list', 'tables'])).stdout).not.toContain('packetproof')
  }
})

test.each([
  ['clent', 'server:80', 'there is no host "clent"'],
  ['client', 'srver:80', 'there is no host "srver"'],
  ['client', 'server:0', '"0" is not a port'],
  ['client', 'svc/web', 'there is no Service "default/web"'],
  ['client', ':80', 'names no destination'],
])('%s to %s is refused: %s', async (from, to, message) => {
  await expect(explain(cluster, { from, to })).rejects.toThrow(message)
})

test('UDP without a port is refused', async () => {
  await expect(explain(cluster, { from: 'client', to: 'server', protocol: 'udp' })).rejects.toThrow('udp needs a port')
})

async function serverAddress(): Promise<string> {
  const pod = await cluster.api.core.readNamespacedPod({ namespace: 'default', name: 'server' })
  return pod.status?.podIP ?? ''
}
