import { waitFor } from '../helpers/wait-for.ts'
import { PacketproofError } from '../src/errors.ts'
import {
  type Cluster,
  dropCounterOf,
  ensureSuccess,
  MatrixProber,
  type MatrixResult,
  type MatrixTarget,
  type Pod,
  serverPod,
  waitForServers,
} from '../src/index.ts'
import { makeBenchCluster } from './bench-cluster.ts'
import type { BenchContext, Benchmark, Figure } from './figure.ts'
import { repeat } from './figure.ts'

const NAMESPACES = ['x', 'y', 'z']
const NAMES = ['a', 'b', 'c']
const PORTS = [80, 81].flatMap((port) => (['tcp', 'udp'] as const).map((protocol) => ({ protocol, port })))
const ONE_PORT = PORTS.slice(0, 1)
const ROUNDS = 5

export const matrix: Benchmark = {
  name: 'matrix',
  what: 'nine pods to nine pods on one port, every pair open and every pair blocked; four ports for the rate',
  measure,
}

async function measure(context: BenchContext): Promise<readonly Figure[]> {
  const runs = await repeat(context, matrix.what, async () => {
    await using cluster = await makeBenchCluster(context.signal)
    await using prober = new MatrixProber()
    const pods = await makePods(cluster)
    const probe = await probing(cluster, prober, pods, context.signal)
    const rates: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const { cells, durationMs } = await probe(PORTS, 'ok')
      rates.push((cells.length / durationMs) * 1000)
    }
    const open = await probe(ONE_PORT, 'ok')
    for (const node of cluster.nodes) await ensureSuccess(node, ['iptables', '-w', '-I', 'FORWARD', '-j', 'DROP'])
    const blocked = await probe(ONE_PORT, 'timed-out')
    const waited = await probe(ONE_PORT, 'timed-out', false)
    return {
      perSecond: Math.max(...rates),
      openS: open.durationMs / 1000,
      blockedS: blocked.durationMs / 1000,
      waitedS: waited.durationMs / 1000,
    }
  })
  const limit =
    'three probers, nine servers and the reader of the counters share the cores; a connection costs its two ends two turns'
  const goal = { atMost: 1 }
  return [
    { name: '81 cells, every pair open', unit: 's', runs: runs.map((run) => run.openS), goal, limit },
    {
      name: '81 cells, every pair blocked, confirmed by drop counters',
      unit: 's',
      runs: runs.map((run) => run.blockedS),
      goal,
      limit: 'twice reading the rules of three nodes, and 20 ms in which nothing came back',
    },
    {
      name: '81 cells, every pair blocked, waited out',
      unit: 's',
      runs: runs.map((run) => run.waitedS),
      goal,
      limit: 'the time limit of 300 ms, with three attempts in it',
    },
    { name: 'verified probes', unit: 'per second', runs: runs.map((run) => run.perSecond), limit },
  ]
}

type Probe = (ports: typeof PORTS, outcome: 'ok' | 'timed-out', usesCounters?: boolean) => Promise<MatrixResult>

/** Probes the whole matrix; speed of a wrong one would be no figure. */
async function probing(
  cluster: Cluster,
  prober: MatrixProber,
  pods: readonly Pod[],
  signal: AbortSignal,
): Promise<Probe> {
  const sources = pods.map((pod) => ({ name: nameOf(pod), host: pod }))
  const targets = pods.map(
    (pod): MatrixTarget => ({
      name: nameOf(pod),
      addresses: pod.addresses,
      servers: [{ host: pod, names: [nameOf(pod)] }],
    }),
  )
  await waitForServers(prober, targets, PORTS, { signal })
  const countDrops = dropCounterOf(cluster.nodes, 4, signal)
  return async (ports, outcome, usesCounters = true) => {
    const result = await prober.run({
      sources,
      targets,
      ports,
      includes: () => true,
      signal,
      ...(usesCounters && { countDrops }),
    })
    const wrong = result.cells.find((cell) => cell.outcome !== (cell.from === cell.to ? 'ok' : outcome))
    if (wrong === undefined) return result
    throw new PacketproofError('E_CLUSTER', `${wrong.from} -> ${wrong.to}: ${wrong.outcome}, ${wrong.detail}`)
  }
}

function nameOf(pod: Pod): string {
  return `${pod.namespace}/${pod.name}`
}

async function makePods(cluster: Cluster): Promise<readonly Pod[]> {
  const all = NAMESPACES.flatMap((namespace) => NAMES.map((name) => ({ namespace, name })))
  await cluster.apply(NAMESPACES.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })))
  await cluster.apply(
    all.map(({ namespace, name }, index) =>
      serverPod({ namespace, name, ports: PORTS, nodeName: cluster.nodes[index % cluster.nodes.length]?.name ?? '' }),
    ),
  )
  return await Promise.all(
    all.map(async ({ namespace, name }) => {
      const pod = await waitFor(
        `pod ${namespace}/${name} to run`,
        async () => {
          const found = await cluster.api.core.readNamespacedPod({ namespace, name })
          return found.status?.phase === 'Running' && found
        },
        { timeoutMs: 30_000 },
      )
      return cluster.podHost(pod)
    }),
  )
}
