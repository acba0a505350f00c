import type { V1Service } from '@kubernetes/client-node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster, Pod } from '../../cluster/cluster.ts'
import { ensureSuccess } from '../../cluster/ensure-success.ts'
import { parseProfile } from '../../cluster/load-profile.ts'
import { MatrixProber } from '../../probe/matrix/matrix-prober.ts'
import { serverPod } from '../../probe/matrix/server-pod.ts'
import type { CellOutcome, MatrixPort, MatrixSource, MatrixTarget } from '../../probe/matrix/types.ts'
import { waitForServers } from '../../probe/matrix/wait-for-servers.ts'
import { createCluster } from '../../providers/create-cluster.ts'
import { findTable } from '../../ruleset/model.ts'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import { waitForServiceProxy } from './deploy.ts'
import { serviceProxy } from './service-proxy.ts'

const profile = parseProfile(
  `
name: service-proxy-test
description: Two nodes in both families, and a machine beside them
nodeSubnets: [172.18.0.0/16, "fc00:18::/64"]
podCidrs: [10.244.0.0/16, "fd00:10:244::/56"]
serviceCidrs: [10.96.0.0/16, "fd00:10:96::/112"]
nodes: [{ name: node-1 }, { name: node-2 }]
outsiders: [{ name: neighbour }]
`,
  'the profile of this test',
)
const tcp: MatrixPort = { protocol: 'tcp', port: 80 }
const udp: MatrixPort = { protocol: 'udp', port: 80 }
const options = { syncPeriod: '500ms' }

let cluster: Cluster
let web: readonly Pod[]
let client: Pod
const prober = new MatrixProber()

beforeAll(async () => {
  cluster = await createCluster(profile)
  const pods = [
    ['web-1', 'node-1', { app: 'web' }],
    ['web-2', 'node-2', { app: 'web' }],
    ['client', 'node-1', { app: 'client' }],
  ] as const
  await cluster.apply(
    pods.map(([name, nodeName, labels]) =>
      serverPod({ namespace: 'default', name, nodeName, labels, ports: [tcp, udp] }),
    ),
  )
  await serviceProxy.deploy(cluster, options)
  const running = await Promise.all(pods.map(async ([name]) => await runningPod(name)))
  web = running.slice(0, 2)
  client = running[2] as Pod
  await waitForServers(prober, [webTarget('web', [])], [tcp, udp])
})

afterAll(async () => {
  await prober[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
})

async function runningPod(name: string): Promise<Pod> {
  const found = await waitFor(
    `pod ${name}`,
    async () => {
      const pod = await cluster.api.core.readNamespacedPod({ namespace: 'default', name })
      return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') && pod
    },
    { timeoutMs: 20_000 },
  )
  return cluster.podHost(found)
}

const servers = (): MatrixTarget['servers'] => web.map((pod) => ({ host: pod, names: [`default/${pod.name}`] }))

function webTarget(name: string, addresses: readonly string[]): MatrixTarget {
  return { name, addresses, servers: servers() }
}

/** Creates or replaces a Service and resolves when the nodes have its rules. */
async function expose(name: string, spec: object): Promise<V1Service> {
  const ports = [
    { name: 'tcp', port: 80, protocol: 'TCP', targetPort: 'serve-80-tcp' },
    { name: 'udp', port: 80, protocol: 'UDP', targetPort: 80 },
  ]
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' } }
  await cluster.apply([{ ...service, spec: { selector: { app: 'web' }, ports, ...spec } } as V1Service])
  await waitForServiceProxy(cluster, options)
  return await cluster.api.core.readNamespacedService({ name, namespace: 'default' })
}

async function probe(
  sources: readonly MatrixSource['host'][],
  target: MatrixTarget,
  ports: readonly MatrixPort[] = [tcp, udp],
  family: 4 | 6 = 4,
): Promise<readonly CellOutcome[]> {
  const { cells } = await prober.run({
    sources: sources.map((host) => ({ name: host.name, host })),
    targets: [target],
    ports,
    family,
    includes: () => true,
  })
  return cells
}

function outcomes(cells: readonly CellOutcome[]): readonly string[] {
  return [...new Set(cells.map(({ outcome, detail }) => (outcome === 'error' ? detail : outcome)))].sort()
}

it('leads pods and nodes to the endpoints of a cluster IP, in both families, and pods to themselves', async () => {
  const { spec } = await expose('web', { ipFamilyPolicy: 'RequireDualStack' })
  const target = webTarget('web', spec?.clusterIPs ?? [])
  for (const family of [4, 6] as const) {
    const cells = await probe([client, ...web, ...cluster.nodes], target, [tcp, udp], family)
    expect(outcomes(cells)).toEqual(['ok'])
  }
})

it('reaches every endpoint, and with session affinity always the same', async () => {
  const answers = async (name: string, spec: object): Promise<ReadonlySet<string | undefined>> => {
    const service = await expose(name, spec)
    const target = webTarget(name, service.spec?.clusterIPs ?? [])
    const sources = Array.from({ length: 20 }, (_, index) => ({ name: `try ${index}`, host: client }))
    const { cells } = await prober.run({ sources, targets: [target], ports: [tcp] })
    expect(outcomes(cells)).toEqual(['ok'])
    return new Set(cells.map(({ answeredBy }) => answeredBy))
  }
  // All of 20 to one of two: once in half a million times.
  expect((await answers('any', {})).size).toBe(2)
  expect((await answers('sticky', { sessionAffinity: 'ClientIP' })).size).toBe(1)
})

it('answers at node ports of every node, also to machines that are no members; with a local policy only where an endpoint is', async () => {
  const nodePort = async (name: string, spec: object): Promise<readonly CellOutcome[]> => {
    const service = await expose(name, { type: 'NodePort', ...spec })
    const port = service.spec?.ports?.[0]?.nodePort ?? 0
    const cells = await Promise.all(
      cluster.nodes.map(async (node) => {
        const target = { ...webTarget(node.name, node.addresses), serverPort: () => 80 }
        return await probe([cluster.machine('neighbour')], target, [{ protocol: 'tcp', port }])
      }),
    )
    return cells.flat()
  }
  expect(outcomes(await nodePort('everywhere', {}))).toEqual(['ok'])
  const only = { selector: { app: 'web', 'kubernetes.io/hostname': 'none' } }
  expect(outcomes(await nodePort('nowhere', only))).toEqual(['rejected'])
  await cluster.api.core.patchNamespacedPod(
    { name: 'web-2', namespace: 'default', body: { metadata: { labels: { place: 'second' } } } },
    await mergePatch(),
  )
  const local = await nodePort('second', { selector: { place: 'second' }, externalTrafficPolicy: 'Local' })
  expect(local.map(({ to, outcome }) => `${to} ${outcome}`)).toEqual(['node-1 timed-out', 'node-2 ok'])
})

async function mergePatch() {
  const { PatchStrategy, setHeaderOptions } = await import('@kubernetes/client-node')
  return setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
}

it('rejects what goes to a cluster IP without endpoints, until it has one', async () => {
  const empty = await expose('later', { selector: { app: 'later' } })
  const target = webTarget('later', empty.spec?.clusterIPs ?? [])
  expect(outcomes(await probe([client], target))).toEqual(['rejected'])
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'later-own', namespace: 'default', labels: { 'kubernetes.io/service-name': 'later' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [web[0]?.addresses[0] ?? ''] }],
    ports: [
      { name: 'tcp', port: 80, protocol: 'TCP' },
      { name: 'udp', port: 80, protocol: 'UDP' },
    ],
  }
  await cluster.apply([slice])
  await waitForServiceProxy(cluster, options)
  expect(outcomes(await probe([client], target))).toEqual(['ok'])
})

it('touches only what a change concerns, heals what others break, and leaves the rules of others alone', async () => {
  const node = cluster.node('node-1')
  const list = async (): Promise<string> => (await ensureSuccess(node, ['iptables-save', '-c', '-t', 'nat'])).stdout
  await ensureSuccess(node, [
    'iptables',
    '-w',
    '-t',
    'nat',
    '-A',
    'PREROUTING',
    '-m',
    'comment',
    '--comment',
    'foreign',
  ])
  const counted = (text: string): readonly string[] =>
    text.split('\n').filter((line) => /^\[[1-9]\d*:\d+\] -A KUBE-SVC-/.test(line))
  const before = counted(await list())
  expect(before.length).toBeGreaterThan(0)
  await expose('another', {})
  expect(counted(await list())).toEqual(before)
  await ensureSuccess(node, ['iptables', '-w', '-t', 'nat', '-F', 'KUBE-SERVICES'])
  await ensureSuccess(node, ['iptables', '-w', '-t', 'nat', '-D', 'PREROUTING', '1'])
  await waitForServiceProxy(cluster, options)
  expect(await list()).toContain('--comment foreign')
  const service = await cluster.api.core.readNamespacedService({ name: 'web', namespace: 'default' })
  expect(outcomes(await probe([client], webTarget('web', service.spec?.clusterIPs ?? [])))).toEqual(['ok'])
})

it('is removed without a trace', async () => {
  await serviceProxy.remove(cluster, options)
  for (const node of cluster.nodes) {
    for (const program of ['iptables-save', 'ip6tables-save']) {
      const { stdout } = await ensureSuccess(node, [program])
      expect(stdout).not.toContain('KUBE-')
      const nat = findTable(parseRuleset(stdout, { source: program, allowEmpty: true }), 'nat')
      expect(nat?.chains.filter(({ policy }) => policy === undefined) ?? []).toEqual([])
    }
    const sysctl = await ensureSuccess(node, ['cat', '/proc/sys/net/ipv4/conf/all/route_localnet'])
    expect(sysctl.stdout).toBe('0\n')
  }
})
