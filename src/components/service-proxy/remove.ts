import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import type { ComponentContext } from '../component.ts'
import { toolsOf } from '../run-tool.ts'
import { proxyPods, requireFreeCluster } from './deploy.ts'
import { type ServiceProxyOptions, serviceProxyManifest } from './manifest.ts'
import { cleanNode, setRouteLocalnet } from './node-rules.ts'

const REMOVE_TIMEOUT_MS = 60_000

/** Deletes the objects, waits for the agents to end, and takes chains and rules of both families from every node. */
export async function removeServiceProxy(
  cluster: Cluster,
  options: ServiceProxyOptions,
  context: ComponentContext = {},
): Promise<void> {
  requireFreeCluster(cluster)
  const { signal } = context
  const wait = { timeoutMs: context.timeoutMs ?? REMOVE_TIMEOUT_MS, ...(signal && { signal }) }
  await cluster.delete(serviceProxyManifest(options).toReversed())
  await waitFor('the agents of the service proxy to end', async () => (await proxyPods(cluster)).length === 0, wait)
  await Promise.all(
    cluster.nodes.map(async (node) => {
      const run = toolsOf(node, signal)
      for (const family of [4, 6] as const) {
        const isFree = async (): Promise<boolean> => !(await cleanNode(run, family))
        await waitFor(`${node.name} to be free of the service proxy (IPv${family})`, isFree, wait)
      }
      await setRouteLocalnet(run, false)
    }),
  )
}
