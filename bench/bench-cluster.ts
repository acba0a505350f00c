import { type V1Pod, Watch } from '@kubernetes/client-node'
import type { Cluster } from '../src/cluster/cluster.ts'
import { connectCluster } from '../src/cluster/kube-cluster.ts'
import { parseProfile } from '../src/cluster/load-profile.ts'
import type { ProvidedCluster } from '../src/cluster/node-access.ts'
import { createNetnsCluster } from '../src/providers/netns/provider.ts'

/** Nodes on one bridge and nothing beside them. */
const profileOf = (nodes: number) =>
  parseProfile(
    `
name: bench
description: Nodes without anything beside them
nodeSubnets: [172.18.0.0/16]
podCidrs: [10.244.0.0/16]
serviceCidrs: [10.96.0.0/16]
nodes: [${namesOf(nodes)
      .map((name) => `{ name: ${name} }`)
      .join(', ')}]
`,
    'the profile of the benchmarks',
  )

const namesOf = (nodes: number): string[] => Array.from({ length: nodes }, (_, index) => `node-${index + 1}`)
const NODES = namesOf(3)
const PROFILE = profileOf(NODES.length)

export async function createBenchCluster(signal?: AbortSignal, profile = PROFILE): Promise<ProvidedCluster> {
  return await createNetnsCluster(profile, { name: 'bench', ...(signal !== undefined && { signal }) })
}

export async function connectBenchCluster(provided: ProvidedCluster, profile = PROFILE): Promise<Cluster> {
  return await connectCluster(provided, { profile })
}

/** A cluster of three nodes, or as many as are wanted, until it is disposed of. */
export async function makeBenchCluster(signal?: AbortSignal, nodes = NODES.length): Promise<Cluster> {
  const profile = profileOf(nodes)
  const provided = await createBenchCluster(signal, profile)
  try {
    return await connectBenchCluster(provided, profile)
  } catch (error) {
    await provided[Symbol.asyncDispose]()
    throw error
  }
}

/** Creates pods (busybox, asleep) spread over the nodes, and resolves when a watch of the API has shown each of them as Ready. */
export async function runPods(cluster: Cluster, count: number): Promise<void> {
  const waiting = new Set(Array.from({ length: count }, (_, index) => `pod-${index + 1}`))
  const watched = watchUntilReady(cluster, waiting)
  const creations = [...waiting].map((name, index) =>
    cluster.api.core.createNamespacedPod({ namespace: 'default', body: sleepingPod(name, NODES[index % 3] ?? '') }),
  )
  await Promise.all([watched, ...creations])
}

async function watchUntilReady(cluster: Cluster, waiting: Set<string>): Promise<void> {
  const watch = new Watch(cluster.api.config)
  let controller: AbortController | undefined
  await new Promise<void>((resolve, reject) => {
    const see = (_type: string, pod: V1Pod): void => {
      if (pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') !== true) return
      waiting.delete(pod.metadata?.name ?? '')
      if (waiting.size === 0) resolve()
    }
    const end = (error: unknown): void => reject(error instanceof Error ? error : new Error('the watch ended early'))
    watch.watch('/api/v1/namespaces/default/pods', {}, see, end).then((started) => {
      controller = started
    }, reject)
  }).finally(() => controller?.abort())
}

function sleepingPod(name: string, nodeName: string): V1Pod {
  const containers = [{ name: 'main', image: 'busybox', command: ['sleep', '2147483647'] }]
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { nodeName, containers } }
}
