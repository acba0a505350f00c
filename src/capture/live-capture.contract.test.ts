import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Cluster } from '../cluster/cluster.ts'
import { ping } from '../probe/ping.ts'
import { createCluster } from '../providers/create-cluster.ts'
import { startLiveCapture } from './live-capture.ts'
import { decodePcap } from './read-pcap.ts'

let cluster: Cluster

beforeAll(async () => {
  cluster = await createCluster('masquerade')
})

afterAll(async () => cluster[Symbol.asyncDispose]())

test('packets are yielded while the capture runs, until it is stopped', async () => {
  const capture = await startLiveCapture(cluster.machine('neighbour'), { interface: 'eth0', filter: 'icmp' })
  const packets = capture.packets()
  await ping(cluster.node('worker-1'), '172.18.0.50', { count: 1 })
  const seen = [await packets.next(), await packets.next()]
  expect(seen.map(({ value }) => value?.icmp?.kind)).toEqual(['echo-request', 'echo-reply'])
  await capture.stop()
  expect(await packets.next()).toEqual({ done: true, value: undefined })
  expect(capture.droppedByKernel()).toBe(0)
})

test('the raw stream is a pcap file', async () => {
  const capture = await startLiveCapture(cluster.machine('neighbour'), {
    interface: 'eth0',
    filter: 'icmp',
    maxPackets: 2,
  })
  await ping(cluster.node('worker-1'), '172.18.0.50', { count: 1 })
  const chunks = await capture.pcap.toArray()
  expect(decodePcap(Buffer.concat(chunks as Buffer[])).packets).toHaveLength(2)
})

test('a filter that tcpdump refuses is refused with its own words, once', async () => {
  const error: Error = await startLiveCapture(cluster.node('worker-1'), {
    interface: 'eth0',
    filter: 'tcp portt 80',
  }).then(
    () => expect.unreachable(),
    (thrown) => thrown,
  )
  expect(error.message.match(/syntax error/g)).toHaveLength(1)
})
