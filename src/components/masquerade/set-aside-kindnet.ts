import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { cleanNode } from './cleanup.ts'

const NAMESPACE = 'kube-system'
const NAME = 'kindnet'
/** kindnetd's own chain: it masquerades what leaves the pod subnets, and its daemon makes it again every minute. */
const CHAIN = 'KIND-MASQ-AGENT'
/** No node has it: a DaemonSet that selects on it has no pods. */
const NOWHERE = 'packetproof.dev/kindnet-set-aside'
const TIMEOUT_MS = 120_000

/**
 * Takes the masquerade of kind's own network away, which otherwise decides in place of ip-masq-agent: no pods for its DaemonSet, then no
 * chain on the nodes. Its CNI configuration and routes stay, so that pods can still be made and reach each other, while nodes do not change.
 * @returns how to give it back; undefined when the cluster has no kindnet
 */
export async function setAsideKindnet(cluster: Cluster): Promise<(() => Promise<void>) | undefined> {
  const { items } = await cluster.api.apps.listNamespacedDaemonSet({ namespace: NAMESPACE })
  if (!items.some(({ metadata }) => metadata?.name === NAME)) return undefined
  await selectNodes(cluster, { [NOWHERE]: '' })
  await waitFor(`the pods of ${NAME} to end`, async () => (await scheduled(cluster)) === 0, { timeoutMs: TIMEOUT_MS })
  for (const node of cluster.nodes) {
    for (const family of [4, 6] as const) await cleanNode(node, family, CHAIN)
  }
  return async () => {
    await selectNodes(cluster, { [NOWHERE]: null })
    await waitFor(`the pods of ${NAME} to run again`, async () => (await scheduled(cluster)) > 0, {
      timeoutMs: TIMEOUT_MS,
    })
  }
}

/** A merge patch: null takes a key away. */
async function selectNodes(cluster: Cluster, nodeSelector: Readonly<Record<string, string | null>>): Promise<void> {
  const { PatchStrategy, setHeaderOptions } = await import('@kubernetes/client-node')
  await cluster.api.apps.patchNamespacedDaemonSet(
    { namespace: NAMESPACE, name: NAME, body: { spec: { template: { spec: { nodeSelector } } } } },
    setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
  )
}

async function scheduled(cluster: Cluster): Promise<number> {
  const { items } = await cluster.api.core.listNamespacedPod({ namespace: NAMESPACE })
  return items.filter(({ metadata }) =>
    metadata?.ownerReferences?.some(({ kind, name }) => kind === 'DaemonSet' && name === NAME),
  ).length
}
