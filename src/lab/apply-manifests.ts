import type { KubernetesObject, V1DaemonSet, V1Deployment, V1Pod } from '@kubernetes/client-node'
import { waitFor } from '../../helpers/wait-for.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { ManifestObject } from '../cluster/load-manifests.ts'
import { messageOf, PacketproofError } from '../errors.ts'

/**
 * Applies objects in their order, and resolves when their pods are ready.
 * @throws PacketproofError E_API that says where the object is that the API refused; those before it stay. E_TIMEOUT.
 */
export async function applyManifests(
  cluster: Cluster,
  objects: readonly ManifestObject[],
  wait: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  for (const { object, place } of objects) {
    await cluster.apply([object]).catch((cause: unknown) => {
      throw new PacketproofError('E_API', `${place}: ${messageOf(cause)}`, { cause })
    })
  }
  await Promise.all(
    objects.map(({ object }) => waitFor(`${describeObject(object)} to be ready`, () => isReady(cluster, object), wait)),
  )
}

/** `Pod default/web`. */
export function describeObject({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata?.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata?.name ?? ''}`
}

async function isReady({ api }: Cluster, { apiVersion, kind, metadata }: KubernetesObject): Promise<boolean> {
  const isWaitedFor = kind === 'Pod' || kind === 'Deployment' || kind === 'DaemonSet'
  if (!isWaitedFor || apiVersion === undefined) return true
  const { name = '', namespace = 'default' } = metadata ?? {}
  const found = await api.objects.read({ apiVersion, kind, metadata: { name, namespace } })
  if (kind === 'Pod') {
    const { conditions = [], phase } = (found as V1Pod).status ?? {}
    return phase === 'Succeeded' || conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
  }
  if (kind === 'Deployment') {
    const { spec, status } = found as V1Deployment
    return (status?.readyReplicas ?? 0) >= (spec?.replicas ?? 1)
  }
  const { status } = found as V1DaemonSet
  return (
    status !== undefined && status.numberReady >= status.desiredNumberScheduled && status.desiredNumberScheduled > 0
  )
}
