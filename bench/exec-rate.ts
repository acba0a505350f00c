import type { Host } from '../src/cluster/host.ts'
import { PacketproofError } from '../src/errors.ts'
import { makeBenchCluster, runPods } from './bench-cluster.ts'
import type { BenchContext, Benchmark, Figure } from './figure.ts'
import { repeat } from './figure.ts'
import { median } from './statistics.ts'

const PROBE_COUNT = 300
const PARALLEL = 8
const EXEC_COUNT = 100

export const execRate: Benchmark = {
  name: 'probes',
  what: `${PROBE_COUNT} pings from nodes to nodes, ${PARALLEL} at a time, and ${EXEC_COUNT} commands one after the other`,
  measure,
}

async function measure(context: BenchContext): Promise<readonly Figure[]> {
  const runs = await repeat(context, execRate.what, async () => {
    await using cluster = await makeBenchCluster(context.signal)
    await runPods(cluster, 3)
    const perSecond = await pingsPerSecond(cluster.nodes, context.signal)
    return { perSecond, execMs: await medianExecMs(cluster.nodes[0], context.signal) }
  })
  return [
    {
      name: `answered pings, ${PARALLEL} at a time`,
      unit: 'per second',
      runs: runs.map((run) => run.perSecond),
      limit: 'each is a process of its own; its start blocks the one thread of the cluster server (setns, posix_spawn)',
    },
    {
      name: 'one command on a node and back',
      unit: 'ms',
      runs: runs.map((run) => run.execMs),
      limit: 'as above, and a round trip over a TLS connection to the cluster server',
    },
  ]
}

async function pingsPerSecond(nodes: readonly Host[], signal: AbortSignal): Promise<number> {
  let next = 0
  const startedAt = performance.now()
  const worker = async (): Promise<void> => {
    for (let index = next++; index < PROBE_COUNT; index = next++) {
      const from = nodes[index % nodes.length]
      const to = nodes[(index + 1) % nodes.length]
      const address = to?.addresses[0] ?? ''
      const result = await from?.exec(['ping', '-c', '1', '-W', '2', '-n', address], { signal })
      // Speed of probes that fail would be no figure.
      if (result?.exitCode !== 0)
        throw new PacketproofError('E_CLUSTER', `${address} did not answer: ${result?.stdout}`)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
  return PROBE_COUNT / ((performance.now() - startedAt) / 1000)
}

async function medianExecMs(node: Host | undefined, signal: AbortSignal): Promise<number> {
  const times: number[] = []
  for (let index = 0; index < EXEC_COUNT; index += 1) {
    const startedAt = performance.now()
    await node?.exec(['true'], { signal })
    times.push(performance.now() - startedAt)
  }
  return median(times)
}
