import {
  type CostRow,
  createCluster,
  deploySidecar,
  latencyAt,
  measureInterception,
  runSidecarPods,
  throughputOf,
} from '../src/index.ts'
import type { BenchContext, Benchmark, Figure } from './figure.ts'
import { repeat } from './figure.ts'

const options = { requests: 500, bytes: 200_000_000 } as const
const namespace = 'mesh'

export const interception: Benchmark = {
  name: 'interception',
  what: `${options.requests} connections and ${options.bytes / 1_000_000} MB each way: direct, redirected, and through the sidecar's proxy`,
  measure,
}

async function measure(context: BenchContext): Promise<readonly Figure[]> {
  const runs = await repeat(context, interception.what, async () => await measureOnce(context.signal))
  const ways = (runs[0] ?? []).filter(({ cost }) => cost !== undefined).map(({ way }) => way)
  const of = (way: string, read: (cost: NonNullable<CostRow['cost']>) => number): number[] =>
    runs.flatMap((rows) =>
      rows.flatMap(({ way: each, cost }) => (each === way && cost !== undefined ? [read(cost)] : [])),
    )
  return ways.map((way) => ({
    name: `one connection and a byte back, ${way}`,
    unit: 'ms' as const,
    runs: of(way, (cost) => latencyAt(cost, 0.5) / 1000),
    limit: `${of(way, throughputOf)
      .map((rate) => rate.toFixed(0))
      .join(
        ', ',
      )} MB/s on one connection; each way is a client and a server of one thread, and a proxy is one more on the same cores`,
  }))
}

async function measureOnce(signal: AbortSignal): Promise<readonly CostRow[]> {
  await using cluster = await createCluster('sidecar', { signal })
  const [first = '', second = ''] = cluster.nodes.filter(({ role }) => role === 'worker').map(({ name }) => name)
  await deploySidecar(cluster, { namespace })
  const pod = (name: string, nodeName: string, mode = 'REDIRECT') => ({
    metadata: { name, annotations: { 'sidecar.istio.io/interceptionMode': mode } },
    spec: { nodeName, containers: [{ name: 'app', image: 'busybox', command: ['sleep', '2147483647'] }] },
  })
  const [client, server, [sidecarClient, sidecarServer, tproxyServer]] = await Promise.all([
    cluster.runPod({ name: 'client', node: first }),
    cluster.runPod({ name: 'server', node: second }),
    runSidecarPods(
      cluster,
      [pod('sidecar-client', first), pod('sidecar-server', second), pod('tproxy-server', second, 'TPROXY')],
      { namespace },
    ),
  ])
  if (sidecarClient === undefined || sidecarServer === undefined || tproxyServer === undefined) {
    throw new Error('not every pod with a sidecar was made')
  }
  return await measureInterception(
    { client, server, sidecarClient, sidecarServer, tproxyServer },
    { ...options, signal },
  )
}
