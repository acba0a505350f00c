import type { V1NetworkPolicy } from '@kubernetes/client-node'
import { waitFor } from '../helpers/wait-for.ts'
import { chainName } from '../src/components/network-policy/names/hashes.ts'
import { PacketproofError } from '../src/errors.ts'
import { type Cluster, deployNetworkPolicy, type Node, waitForPolicies } from '../src/index.ts'
import { makeBenchCluster } from './bench-cluster.ts'
import { type BenchContext, type Benchmark, type Figure, repeat } from './figure.ts'
import { quantile } from './statistics.ts'

const SIZES = [10, 100, 1000]
const CHANGES = 20
/** A node takes 250 (its allocatable pods), as one that is called large does elsewhere. */
const PODS_PER_NODE = 200
/** Pods are made in parts: the API answers each, and a thousand at once would wait for each other. */
const PART = 50

export const enforcement: Benchmark = {
  name: 'enforcement',
  what: 'one NetworkPolicy more, among 10, 100 and 1,000 others: from apply to the rules on the node',
  measure,
}

interface Enforcement {
  readonly medianMs: number
  readonly p99Ms: number
  readonly memoryMiB: number
}

async function measure(context: BenchContext): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const size of SIZES) {
    const runs = await repeat(context, `${enforcement.what}: ${size}`, () => measureSize(size, context.signal))
    const of = `${size} pods and policies`
    const limit =
      'the agent plans the whole node anew, and reads the rules back that it has written; the reader of the chain polls every few ms'
    figures.push(
      { name: `one policy enforced, ${of}, median`, unit: 'ms', runs: runs.map((run) => run.medianMs), limit },
      { name: `one policy enforced, ${of}, 99th percentile`, unit: 'ms', runs: runs.map((run) => run.p99Ms), limit },
      {
        name: `memory of the agent on a node, ${of}`,
        unit: 'MiB',
        runs: runs.map((run) => run.memoryMiB),
        limit: 'Node.js itself, and every pod and policy of the cluster',
      },
    )
  }
  return figures
}

async function measureSize(size: number, signal: AbortSignal): Promise<Enforcement> {
  await using cluster = await makeBenchCluster(signal, Math.max(3, Math.ceil(size / PODS_PER_NODE)))
  await makePods(cluster, size, signal)
  await cluster.apply(
    Array.from({ length: size }, (_, index) => policyOf(`policy-${index}`, index, (index + 1) % size)),
  )
  await deployNetworkPolicy(cluster, {}, { timeoutMs: 120_000, signal })
  const [node] = cluster.nodes
  if (node === undefined) throw new PacketproofError('E_CLUSTER', 'the cluster of the benchmark has no node')
  const times: number[] = []
  for (let change = 0; change < CHANGES; change += 1) {
    times.push(await enforceOne(cluster, node, `change-${change}`, signal))
  }
  const memoryMiB = await memoryOf(node)
  await waitForPolicies(cluster, {}, { signal })
  return { medianMs: quantile(times, 0.5), p99Ms: quantile(times, 0.99), memoryMiB }
}

/** The first pod is on the first node. */
async function enforceOne(cluster: Cluster, node: Node, name: string, signal: AbortSignal): Promise<number> {
  const chain = chainName('cali-pi-', `knp/default/${name}`)
  const start = performance.now()
  await cluster.apply([policyOf(name, 0, 1)])
  await waitFor(`the chain of ${name}`, async () => (await node.exec(['iptables', '-w', '-S', chain])).exitCode === 0, {
    timeoutMs: 60_000,
    intervalMs: 2,
    signal,
  })
  return performance.now() - start
}

function policyOf(name: string, to: number, from: number): V1NetworkPolicy {
  const spec = {
    podSelector: { matchLabels: { number: String(to) } },
    ingress: [{ from: [{ podSelector: { matchLabels: { number: String(from) } } }], ports: [{ port: 80 }] }],
  }
  const metadata = { name, namespace: 'default' }
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, ...{ spec } }
}

async function makePods(cluster: Cluster, size: number, signal: AbortSignal): Promise<void> {
  for (let begin = 0; begin < size; begin += PART) {
    signal.throwIfAborted()
    const numbers = Array.from({ length: Math.min(PART, size - begin) }, (_, index) => begin + index)
    await Promise.all(
      numbers.map((number) =>
        cluster.runPod({
          name: `pod-${number}`,
          node: cluster.nodes[number % cluster.nodes.length]?.name ?? '',
          image: 'registry.k8s.io/pause:3.10',
          labels: { number: String(number) },
        }),
      ),
    )
  }
}

/** Resident memory, as the kernel counts it (proc(5), VmRSS). */
async function memoryOf(node: Node): Promise<number> {
  const { stdout } = await node.exec(['sh', '-c', "ps -eo rss=,args= | grep '[a]gent network-policy'"])
  const kib = Math.max(0, ...stdout.split('\n').map((line) => Number.parseInt(line, 10) || 0))
  if (kib === 0) throw new PacketproofError('E_CLUSTER', `the agent on ${node.name} was not found`)
  return kib / 1024
}
