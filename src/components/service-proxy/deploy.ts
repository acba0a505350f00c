import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node'
import { familyOf } from '../../../helpers/cidr.ts'
import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster, Node } from '../../cluster/cluster.ts'
import { isTimeout, messageOf, PacketproofError } from '../../errors.ts'
import type { ComponentContext, Ownership } from '../component.ts'
import { toolsOf } from '../run-tool.ts'
import { parseServiceProxyFlags, type ServiceProxyFlags } from './flags.ts'
import {
  proxyArguments,
  proxyLabels,
  proxyNamespace,
  type ServiceProxyOptions,
  serviceProxyManifest,
} from './manifest.ts'
import { inspectNode } from './node-rules.ts'
import { proxyOptionsOf } from './options.ts'
import { type ProxiedObjects, renderTables, staticChains } from './render-tables.ts'

const DEPLOY_TIMEOUT_MS = 60_000

/** Chains of its fixed names; those of Services come and go with them (`KUBE-SVC-…`, `KUBE-SEP-…` and their like). */
export function serviceProxyOwnership(_options: ServiceProxyOptions): Ownership {
  return {
    families: [4, 6],
    chains: [...new Set([...staticChains.filter, ...staticChains.nat])],
    sets: [],
    devices: [],
  }
}

/**
 * Applies the manifest and resolves when every node has just the rules of the Services and EndpointSlices that there are.
 * @throws PacketproofError E_USAGE for bad options; E_TIMEOUT that names the node and what is missing there.
 */
export async function deployServiceProxy(
  cluster: Cluster,
  options: ServiceProxyOptions,
  context: ComponentContext = {},
): Promise<void> {
  requireFreeCluster(cluster)
  const complete = { clusterCidrs: cluster.profile.podCidrs, ...options }
  parseServiceProxyFlags(proxyArguments(complete), { NODE_NAME: 'any' })
  await cluster.apply(serviceProxyManifest(complete))
  await waitForServiceProxy(cluster, options, context)
}

/** Two proxies would write the same chains, and the removal of one would take those of the other. @throws PacketproofError */
export function requireFreeCluster({ name, capabilities }: Pick<Cluster, 'name' | 'capabilities'>): void {
  if (capabilities['service-proxy'] !== 'present') return
  throw new PacketproofError(
    'E_ENVIRONMENT',
    `the cluster ${name} translates ClusterIPs itself (kube-proxy, or its like)`,
    {
      hint: 'probe by Service without this component there',
    },
  )
}

/**
 * Resolves when the rules of every node are those of the Services and EndpointSlices that there are at that moment.
 * @throws PacketproofError E_TIMEOUT that names the node and what is missing there.
 */
export async function waitForServiceProxy(
  cluster: Cluster,
  options: ServiceProxyOptions = {},
  context: ComponentContext = {},
): Promise<void> {
  const complete = { clusterCidrs: cluster.profile.podCidrs, ...options }
  const flags = parseServiceProxyFlags(proxyArguments(complete), { NODE_NAME: 'any' })
  await Promise.all(cluster.nodes.map(async (node) => await waitForNode(cluster, node, flags, context)))
}

async function waitForNode(
  cluster: Cluster,
  node: Node,
  flags: ServiceProxyFlags,
  { timeoutMs = DEPLOY_TIMEOUT_MS, signal }: ComponentContext,
): Promise<void> {
  let missing = 'nothing was looked at yet'
  const look = async (): Promise<boolean> => {
    missing = await missingOnNode(cluster, node, flags, signal).catch(messageOf)
    signal?.throwIfAborted()
    return missing === ''
  }
  try {
    await waitFor(`the service proxy on ${node.name}`, look, {
      timeoutMs,
      intervalMs: 20,
      ...(signal && { signal }),
    })
  } catch (error) {
    if (signal?.aborted || !isTimeout(error)) throw error
    const first = missing.split('\n').find((line) => !/^[*:]|^COMMIT/.test(line)) ?? ''
    const words = await lastWords(cluster, node.name)
    throw new PacketproofError(
      'E_TIMEOUT',
      `${node.name}: after ${timeoutMs} ms the rules are not right: ${first}${words}`,
      {
        hint: `does the agent run on ${node.name}?`,
        cause: error,
      },
    )
  }
}

/** What the node still lacks, as a payload; empty when nothing. */
async function missingOnNode(
  cluster: Cluster,
  node: Node,
  flags: ServiceProxyFlags,
  signal: AbortSignal | undefined,
): Promise<string> {
  const objects = await readObjects(cluster)
  for (const family of [4, 6] as const) {
    if (!node.addresses.some((address) => familyOf(address) === family)) continue
    const tables = renderTables(objects, family, proxyOptionsOf(flags, node.name, node.addresses, family))
    const payload = await inspectNode(toolsOf(node, signal), family, tables)
    if (payload !== '') return payload
  }
  return ''
}

async function readObjects(cluster: Cluster): Promise<ProxiedObjects> {
  const { DiscoveryV1Api } = await import('@kubernetes/client-node')
  const discovery = cluster.api.config.makeApiClient(DiscoveryV1Api)
  const [services, slices] = await Promise.all([
    cluster.api.core.listServiceForAllNamespaces(),
    discovery.listEndpointSliceForAllNamespaces(),
  ])
  return { services: services.items satisfies V1Service[], slices: slices.items satisfies V1EndpointSlice[] }
}

async function lastWords(cluster: Cluster, nodeName: string): Promise<string> {
  try {
    const pod = (await proxyPods(cluster)).find(({ node }) => node === nodeName)
    if (pod === undefined) return '; no agent pod is on this node'
    const line = (await cluster.logs(proxyNamespace, pod.name)).trimEnd().split('\n').at(-1)
    return line ? `; the agent's last line is: ${line}` : '; the agent has logged nothing'
  } catch (error) {
    return `; the agent's log could not be read: ${messageOf(error)}`
  }
}

/** The agents' pods that exist. */
export async function proxyPods(cluster: Pick<Cluster, 'api'>): Promise<readonly { name: string; node: string }[]> {
  const labelSelector = Object.entries(proxyLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
  const { items } = await cluster.api.core.listNamespacedPod({ namespace: proxyNamespace, labelSelector })
  return items.map(({ metadata, spec }) => ({ name: metadata?.name ?? '', node: spec?.nodeName ?? '' }))
}
