import type { KubeConfig, KubernetesObject } from '@kubernetes/client-node'
import type { KubeApi } from '../../cluster/cluster.ts'
import { deleteObject } from '../../cluster/objects.ts'
import { MANAGED_BY, MANAGED_LABEL, RUN_LABEL } from './manifests.ts'

/** Every kind that a run makes, the things that start others, or that are asked about them, first. */
const kinds: readonly (readonly [apiVersion: string, kind: string])[] = [
  ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'],
  ['apps/v1', 'DaemonSet'],
  ['apps/v1', 'Deployment'],
  ['networking.k8s.io/v1', 'NetworkPolicy'],
  ['v1', 'Pod'],
  ['v1', 'Service'],
  ['v1', 'Endpoints'],
  ['v1', 'ConfigMap'],
  ['v1', 'Secret'],
  ['v1', 'ServiceAccount'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
  ['v1', 'Namespace'],
]

/** One object that a run has left in a cluster. */
export interface Leftover {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string | undefined
  readonly name: string
  readonly runId: string
}

/**
 * What runs have left in the cluster, by their labels. Kinds that the credential may not list are left out: it cannot have made any.
 * @param runId of one run; default: of all
 */
export async function listLeftovers(config: KubeConfig, runId?: string): Promise<readonly Leftover[]> {
  const { KubernetesObjectApi } = await import('@kubernetes/client-node')
  const api = KubernetesObjectApi.makeApiClient(config)
  const selector = `${MANAGED_LABEL}=${MANAGED_BY},${runId === undefined ? RUN_LABEL : `${RUN_LABEL}=${runId}`}`
  const lists = await Promise.all(
    kinds.map(async ([apiVersion, kind]) => {
      const { items } = await api
        .list(apiVersion, kind, undefined, undefined, undefined, undefined, undefined, selector)
        .catch(noneWhenForbidden)
      return items.map((item) => leftoverOf(item, apiVersion, kind))
    }),
  )
  const found = lists.flat()
  // What is in a namespace of ours goes with it.
  const ours = new Set(found.filter(({ kind }) => kind === 'Namespace').map(({ name }) => name))
  return found.filter(({ namespace }) => namespace === undefined || !ours.has(namespace))
}

/** Removes them, and waits until they are gone. */
export async function removeLeftovers(config: KubeConfig, leftovers: readonly Leftover[]): Promise<void> {
  const { KubernetesObjectApi } = await import('@kubernetes/client-node')
  const api = { objects: KubernetesObjectApi.makeApiClient(config) } as Pick<KubeApi, 'objects'>
  await Promise.all(
    leftovers.map(({ apiVersion, kind, namespace, name }) =>
      deleteObject(api, { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } }),
    ),
  )
}

function noneWhenForbidden(error: unknown): { items: KubernetesObject[] } {
  // 404: a cluster without that kind.
  if ([403, 404].includes((error as { code?: number }).code ?? 0)) return { items: [] }
  throw error
}

function leftoverOf({ metadata }: KubernetesObject, apiVersion: string, kind: string): Leftover {
  const { name = '', namespace, labels } = metadata ?? {}
  return { apiVersion, kind, namespace, name, runId: labels?.[RUN_LABEL] ?? '' }
}
