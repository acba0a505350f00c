import { afterAll, beforeAll, expect, it } from 'vitest'
import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster, Pod } from '../../cluster/cluster.ts'
import { ensureSuccess } from '../../cluster/ensure-success.ts'
import { parseProfile } from '../../cluster/load-profile.ts'
import { createCluster } from '../../providers/create-cluster.ts'
import { dropCounterOf } from '../../ruleset/read-drop-counters.ts'
import { MatrixProber } from './matrix-prober.ts'
import { serverNameOf, serverPod } from './server-pod.ts'
import type { CellOutcome, MatrixPort, MatrixRequest, MatrixTarget } from './types.ts'
import { waitForServers } from './wait-for-servers.ts'

const profile = parseProfile(
  `
name: matrix-test
description: Two nodes, both families, and a machine that is no member
nodeSubnets: [172.18.0.0/16, "fc00:18::/64"]
podCidrs: [10.244.0.0/16, "fd00:10:244::/56"]
serviceCidrs: [10.96.0.0/16]
nodes: [{ name: node-1 }, { name: node-2 }]
outsiders: [{ name: neighbour }]
`,
  'the profile of this test',
)
const tcp: MatrixPort = { protocol: 'tcp', port: 80 }
const udp: MatrixPort = { protocol: 'udp', port: 80 }
/** Nobody listens there. */
const closed: MatrixPort = { protocol: 'tcp', port: 82 }

let cluster: Cluster
let pods: readonly Pod[]
let targets: readonly MatrixTarget[]
const prober = new MatrixProber()

beforeAll(async () => {
  cluster = await createCluster(profile)
  const specs = ['a', 'b', 'c'].map((name, index) =>
    serverPod({ namespace: 'default', name, ports: [tcp, udp], nodeName: `node-${(index % 2) + 1}` }),
  )
  await cluster.apply(specs)
  pods = await Promise.all(specs.map(async ({ metadata }) => await runningPod(metadata?.name ?? '')))
  targets = pods.map((pod) => targetOf(pod))
  await waitForServers(prober, targets, [tcp, udp])
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
      return pod.status?.phase === 'Running' && pod
    },
    { timeoutMs: 20_000 },
  )
  return cluster.podHost(found)
}

function targetOf(pod: Pod): MatrixTarget {
  const name = serverNameOf(pod.namespace, pod.name)
  return { name, addresses: pod.addresses, servers: [{ host: pod, names: [name] }] }
}

function outcomes(cells: readonly CellOutcome[]): readonly string[] {
  return [...new Set(cells.map(({ outcome, isDelivered }) => `${outcome} ${isDelivered}`))].sort()
}

async function probe(request: Partial<MatrixRequest> = {}): Promise<readonly CellOutcome[]> {
  const sources = pods.map((pod) => ({ name: serverNameOf(pod.namespace, pod.name), host: pod }))
  const { cells } = await prober.run({ sources, targets, ports: [tcp, udp], ...request })
  return cells
}

async function onNodes(rule: readonly string[], work: () => Promise<void>): Promise<void> {
  const commands = ['iptables', 'ip6tables'] as const
  const change = async (verb: '-I' | '-D'): Promise<void> => {
    for (const node of cluster.nodes) {
      for (const command of commands) await ensureSuccess(node, [command, '-w', verb, 'FORWARD', ...rule])
    }
  }
  await change('-I')
  try {
    await work()
  } finally {
    await change('-D')
  }
}

it('finds every pair open, in both families, and knows who answered', async () => {
  for (const family of [4, 6] as const) {
    const cells = await probe({ family })
    expect(outcomes(cells)).toEqual(['ok true'])
    expect(cells).toHaveLength(12)
    expect(cells.filter(({ answeredBy, to }) => answeredBy !== to)).toEqual([])
  }
})

it('tells a pod that does not listen from a node that rejects', async () => {
  expect(outcomes(await probe({ ports: [closed, { protocol: 'udp', port: 82 }] }))).toEqual(['refused true'])
  await onNodes(['-p', 'tcp', '-j', 'REJECT'], async () => {
    expect(outcomes(await probe({ ports: [tcp] }))).toEqual(['rejected false'])
  })
  await onNodes(['-p', 'tcp', '-j', 'REJECT', '--reject-with', 'tcp-reset'], async () => {
    expect(outcomes(await probe({ ports: [tcp] }))).toEqual(['refused false'])
  })
})

it('tries a silent pair three times, each time from another port, before it is blocked', async () => {
  await onNodes(['-j', 'DROP'], async () => {
    const cells = await probe()
    expect(outcomes(cells)).toEqual(['timed-out false'])
    expect(cells.map(({ sourcePorts }) => new Set(sourcePorts).size)).toEqual(cells.map(() => 3))
  })
})

it('does not take a lost packet for a blocked pair', async () => {
  const firstOfTwo = ['-m', 'statistic', '--mode', 'nth', '--every', '2', '--packet', '0']
  await onNodes(['-m', 'conntrack', '--ctstate', 'NEW', ...firstOfTwo, '-j', 'DROP'], async () => {
    // On one node, so that each attempt meets the rule once.
    const [a, , c] = pods
    if (a === undefined || c === undefined) throw new Error('there are no pods')
    const cells = await probe({ sources: [{ name: 'a', host: a }], targets: [targetOf(c)], ports: [tcp] })
    expect(cells).toMatchObject([{ outcome: 'ok', sourcePorts: [expect.any(Number), expect.any(Number)] }])
  })
})

it('does not wait where the drop counters explain the silence', async () => {
  await onNodes(['-j', 'DROP'], async () => {
    const cells = await probe({ countDrops: dropCounterOf(cluster.nodes), timeoutMs: 20_000 })
    expect(outcomes(cells)).toEqual(['timed-out false'])
    expect(new Set(cells.map(({ confirmedBy }) => confirmedBy))).toEqual(new Set(['drop counters']))
  })
})

it('waits where counters of others rise, or none does', async () => {
  let drops = 0
  await onNodes(['-j', 'DROP'], async () => {
    const countDrops = async (): Promise<number> => await Promise.resolve((drops += 1))
    const cells = await probe({ countDrops })
    expect(new Set(cells.map(({ confirmedBy }) => confirmedBy))).toEqual(new Set([undefined]))
  })
})

it('says that somebody else answered', async () => {
  const [a, b, c] = pods
  if (a === undefined || b === undefined || c === undefined) throw new Error('there are no pods')
  const wrong: MatrixTarget = { ...targetOf(b), addresses: c.addresses }
  const [cell] = await probe({ sources: [{ name: 'a', host: a }], targets: [wrong], ports: [tcp] })
  expect(cell).toMatchObject({ outcome: 'error', detail: 'answered by default/c: expected default/b' })
})

it('does not call a pair blocked whose server does not answer even itself', async () => {
  const [a, b] = pods
  if (a === undefined || b === undefined) throw new Error('there are no pods')
  const inside = ['-i', 'lo', '-p', 'tcp', '--dport', '80', '-j', 'DROP']
  await ensureSuccess(b, ['iptables', '-w', '-I', 'INPUT', ...inside])
  try {
    await onNodes(['-j', 'DROP'], async () => {
      const [cell] = await probe({ sources: [{ name: 'a', host: a }], targets: [targetOf(b)], ports: [tcp] })
      expect(cell?.outcome).toBe('error')
      expect(cell?.detail).toMatch(/^the server of default\/b does not answer even inside its own network namespace/)
    })
  } finally {
    await ensureSuccess(b, ['iptables', '-w', '-D', 'INPUT', ...inside])
  }
})

it('starts at nodes and outsiders, too', async () => {
  const hosts = [...cluster.nodes, cluster.machine('neighbour')]
  const cells = await probe({ sources: hosts.map((host) => ({ name: host.name, host })), ports: [tcp] })
  expect(outcomes(cells.filter(({ from }) => from !== 'neighbour'))).toEqual(['ok true'])
  // It has no route to the pods.
  expect(outcomes(cells.filter(({ from }) => from === 'neighbour'))).toEqual(['rejected false'])
})

it('skips, with the reason, what the kernel cannot speak and where there is no address', async () => {
  const nowhere: MatrixTarget = { name: 'v4 only', addresses: ['10.244.0.2'], servers: [] }
  const cells = await probe({ targets: [nowhere], ports: [tcp], family: 6 })
  expect(cells.map(({ outcome, detail }) => `${outcome}: ${detail}`)[0]).toBe('skipped: v4 only has no IPv6 address')
})

it('forgets connections', async () => {
  const [a] = pods
  if (a === undefined) throw new Error('there are no pods')
  const entries = async (): Promise<string> =>
    (await a.node.exec(['conntrack', '-L', '-p', 'udp', '-s', a.addresses[0] ?? ''])).stdout
  // Without a rule that asks for it, the kernel tracks nothing.
  await onNodes(['-m', 'conntrack', '--ctstate', 'INVALID', '-j', 'DROP'], async () => {
    await probe({ ports: [udp] })
    expect(await entries()).not.toBe('')
    await prober.forgetConnections(a.node, a.addresses)
    expect(await entries()).toBe('')
  })
})

it('says of a host that cannot run a prober that it cannot', async () => {
  const [node] = cluster.nodes
  if (node === undefined) throw new Error('there are no nodes')
  const host = { ...hostOf(node), spawn: async () => await node.spawn(['false']) }
  await expect(prober.run({ sources: [{ name: 'x', host }], targets, ports: [tcp] })).rejects.toThrow(
    /^no-node cannot run a prober: .* \(exit code 1\)/,
  )
})

function hostOf(node: Cluster['nodes'][number]) {
  return {
    name: 'no-node',
    kind: 'node' as const,
    addresses: node.addresses,
    exec: node.exec.bind(node),
    readFile: node.readFile.bind(node),
    writeFile: node.writeFile.bind(node),
  }
}
