import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster, Pod } from '../../cluster/cluster.ts'

const READY_TIMEOUT_MS = 60_000

/** The pod once it runs and has addresses. */
export async function readyPod(cluster: Cluster, namespace: string, name: string, signal: AbortSignal): Promise<Pod> {
  const found = await waitFor(
    `pod ${namespace}/${name} to run`,
    async () => {
      const pod = await cluster.api.core.readNamespacedPod({ namespace, name })
      return pod.status?.phase === 'Running' && pod.status.podIP !== undefined && pod
    },
    { timeoutMs: READY_TIMEOUT_MS, signal },
  )
  return cluster.podHost(found)
}
