import { startCapture } from '../src/capture/capture.ts'
import { PacketproofError } from '../src/errors.ts'
import { makeBenchCluster } from './bench-cluster.ts'
import type { BenchContext, Benchmark, Figure } from './figure.ts'
import { median, quantile } from './statistics.ts'

const CAPTURE_COUNT = 100

export const captureReady: Benchmark = {
  name: 'capture',
  what: `${CAPTURE_COUNT} captures on nodes, one after the other, each until its marker has been seen`,
  measure,
}

async function measure(context: BenchContext): Promise<readonly Figure[]> {
  const p50s: number[] = []
  const p95s: number[] = []
  for (let run = 0; run < context.runCount; run += 1) {
    context.say(`${captureReady.what} (${run + 1}/${context.runCount})`)
    const times = await timeCaptures(context.signal)
    p50s.push(median(times))
    p95s.push(quantile(times, 0.95))
  }
  const limit =
    'tcpdump starts inside the node and says that it listens; then a marker is sent by a process of its own and read back from the file'
  return [
    { name: 'a capture is ready, p95 of 100', unit: 'ms', runs: p95s, goal: { atMost: 150 }, limit },
    { name: 'a capture is ready, p50 of 100', unit: 'ms', runs: p50s, limit: 'as above' },
  ]
}

async function timeCaptures(signal: AbortSignal): Promise<readonly number[]> {
  await using cluster = await makeBenchCluster(signal)
  const times: number[] = []
  for (let index = 0; index < CAPTURE_COUNT; index += 1) {
    const node = cluster.nodes[index % cluster.nodes.length]
    if (node === undefined) throw new PacketproofError('E_INTERNAL', 'the cluster has no nodes')
    const startedAt = performance.now()
    await using capture = await startCapture(node, { interface: 'eth0', filter: 'icmp', signal })
    times.push(performance.now() - startedAt)
    const { complete, problem } = await capture.stop()
    // A capture that never saw its marker was not ready, however early it said so.
    if (!complete) throw new PacketproofError('E_CAPTURE', `a capture was not complete: ${problem}`)
  }
  return times
}
