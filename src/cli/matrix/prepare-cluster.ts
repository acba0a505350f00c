import type { KubernetesObject, V1EndpointSlice, V1Pod, V1Service } from '@kubernetes/client-node'
import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster, Pod } from '../../cluster/cluster.ts'
import type { ManifestObject } from '../../cluster/load-manifests.ts'
import { invalidInput, messageOf, PacketproofError } from '../../errors.ts'
import { keyOf } from '../../oracle/objects.ts'
import type { MatrixPort } from '../../probe/matrix/types.ts'
import type { MatrixWorld } from './read-world.ts'

const READY_TIMEOUT_MS = 60_000
const AGENTS_NAMESPACE = 'kube-system'

/** Creates namespaces, then what pods may need, pods, and resolves when every pod is Ready. Policies come later. */
export async function createPods(cluster: Cluster, world: MatrixWorld, signal: AbortSignal): Promise<readonly V1Pod[]> {
  await applyAll(cluster, world.namespaces)
  await applyAll(cluster, world.others)
  await applyAll(cluster, world.workloads)
  let last = 'nothing was looked at yet'
  try {
    return await waitFor(
      'the pods to be Ready',
      async () => {
        const pods = await listPods(cluster)
        last = await firstThatLacks(cluster, pods)
        return last === '' && pods
      },
      { timeoutMs: READY_TIMEOUT_MS, signal },
    )
  } catch (cause) {
    signal.throwIfAborted()
    throw new PacketproofError('E_CLUSTER', `after ${READY_TIMEOUT_MS} ms ${last}`, { cause })
  }
}

/** @throws PacketproofError E_INVALID_INPUT with the API's own reason and the place of the object that it refuses. */
export async function applyAll(cluster: Cluster, objects: readonly ManifestObject[]): Promise<void> {
  for (const { object, place } of objects) {
    try {
      await cluster.apply([object])
    } catch (cause) {
      throw invalidInput(`${place}: ${messageOf(cause)}`, { cause })
    }
  }
}

/** Of the user. */
async function listPods(cluster: Cluster): Promise<readonly V1Pod[]> {
  const { items } = await cluster.api.core.listPodForAllNamespaces()
  return items
    .filter(
      ({ metadata, status }) =>
        metadata?.namespace !== AGENTS_NAMESPACE && !['Succeeded', 'Failed'].includes(status?.phase ?? ''),
    )
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

async function firstThatLacks(cluster: Cluster, pods: readonly V1Pod[]): Promise<string> {
  for (const pod of pods) {
    const { conditions = [], containerStatuses = [] } = pod.status ?? {}
    if (conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) continue
    const waiting = containerStatuses.map(({ state }) => state?.waiting ?? state?.terminated).find(Boolean)
    const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
    const why = [waiting?.reason, waiting?.message ?? unscheduled?.message].filter(Boolean).join(': ')
    return `pod ${keyOf(pod)} is not Ready${why && `: ${why}`}`
  }
  const deployments = (await cluster.api.apps.listDeploymentForAllNamespaces()).items
  const lacking = deployments.find(({ spec, status }) => (status?.availableReplicas ?? 0) < (spec?.replicas ?? 1))
  if (lacking !== undefined) return `Deployment ${lacking.metadata?.name ?? ''} has too few pods`
  return pods.length === 0 ? 'there are no pods' : ''
}

/** A Service for each pod alone, whose endpoint is the pod by its address: its labels, which policies may select, stay as they are. */
export async function createPodServices(
  cluster: Cluster,
  pods: readonly Pod[],
  ports: readonly MatrixPort[],
): Promise<ReadonlyMap<Pod, readonly string[]>> {
  const found = new Map<Pod, readonly string[]>()
  for (const [index, pod] of pods.entries()) {
    const name = `matrix-${index + 1}`
    await cluster.apply([...podService(name, pod, ports)])
    const { spec } = await cluster.api.core.readNamespacedService({ namespace: pod.namespace, name })
    found.set(pod, spec?.clusterIPs ?? [])
  }
  return found
}

function podService(name: string, pod: Pod, ports: readonly MatrixPort[]): readonly KubernetesObject[] {
  const metadata = { name, namespace: pod.namespace }
  const common = ports.map(({ protocol, port }) => ({
    name: `${protocol}-${port}`,
    port,
    protocol: protocol.toUpperCase(),
  }))
  const service: V1Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { ipFamilyPolicy: 'PreferDualStack', ports: common },
  }
  const slices = pod.addresses.map((address): V1EndpointSlice => {
    const family = address.includes(':') ? 'IPv6' : 'IPv4'
    return {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        ...metadata,
        name: `${name}-${family.toLowerCase()}`,
        labels: { 'kubernetes.io/service-name': name },
      },
      addressType: family,
      endpoints: [{ addresses: [address], nodeName: pod.node.name }],
      ports: common,
    }
  })
  return [service, ...slices]
}
