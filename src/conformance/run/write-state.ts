import { isDeepStrictEqual } from 'node:util'
import type { KubernetesObject } from '@kubernetes/client-node'
import { toClientModel } from '../../cluster/client-model.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { readObject } from '../../cluster/objects.ts'
import { invalidInput } from '../../errors.ts'
import { keyOf, type PolicyObject } from '../../oracle/objects.ts'
import { type Labels, NAMESPACES, PODS, type PolicyState } from '../conformance-case.ts'
import { namespaceLabels, podLabels } from '../policy-model.ts'

/** Changes what differs between two states through the API. Resolves when the API has accepted all of it. */
export async function writeState(cluster: Cluster, before: PolicyState, after: PolicyState): Promise<void> {
  const old = new Map(before.policies.map((policy) => [keyOf(policy), policy]))
  const kept = new Set(after.policies.map(keyOf))
  if (kept.size < after.policies.length) throw invalidInput('two policies of a state have the same namespace and name')
  const gone = before.policies.filter((policy) => !kept.has(keyOf(policy)))
  const added = after.policies.filter((policy) => !old.has(keyOf(policy)))
  const changed = after.policies.filter((policy) => {
    const previous = old.get(keyOf(policy))
    return previous !== undefined && !isDeepStrictEqual(previous, policy)
  })
  await Promise.all([
    cluster.delete(gone.map(manifestOf)),
    ...added.map(async (policy) => await cluster.apply([manifestOf(policy)])),
    ...changed.map(async (policy) => await replaceSpec(cluster, policy)),
    ...NAMESPACES.map(async (name) => {
      const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
      await changeLabels(cluster, object, namespaceLabels(name, before), namespaceLabels(name, after))
    }),
    ...PODS.map(async (pod) => {
      const [namespace = '', name = ''] = pod.split('/')
      const object = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name } }
      await changeLabels(cluster, object, podLabels(pod, before), podLabels(pod, after))
    }),
  ])
}

/** Sets and takes away labels so that an object has `after` where it had `before`. */
export async function changeLabels(
  cluster: Cluster,
  object: KubernetesObject & { readonly metadata: { readonly name: string; readonly namespace?: string } },
  before: Labels,
  after: Labels,
): Promise<void> {
  if (isDeepStrictEqual(before, after)) return
  const { PatchStrategy } = await import('@kubernetes/client-node')
  const removed = Object.fromEntries(Object.keys(before).map((key) => [key, null]))
  const { name, namespace } = object.metadata
  const metadata = { name, ...(namespace !== undefined && { namespace }), labels: { ...removed, ...after } }
  // A merge patch takes away what is null; the client's types know texts alone.
  const body = { ...object, metadata } as KubernetesObject & { metadata: { name: string } }
  await cluster.api.objects.patch(body, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch)
}

/** An update, as `kubectl replace` makes it: nothing of the old spec stays. */
async function replaceSpec(cluster: Cluster, policy: PolicyObject): Promise<void> {
  const manifest = toClientModel(manifestOf(policy))
  const existing = await readObject(cluster.api, manifest)
  if (existing === undefined) throw invalidInput(`the policy ${keyOf(policy)} has been deleted by somebody else`)
  const { labels = {}, resourceVersion = '' } = existing.metadata ?? {}
  const { name, namespace } = manifest.metadata
  await cluster.api.objects.replace({ ...manifest, metadata: { name, namespace, labels, resourceVersion } })
}

interface Manifest extends KubernetesObject {
  readonly metadata: { name: string; namespace: string }
  readonly spec: PolicyObject['spec']
}

export function manifestOf({ metadata, spec }: PolicyObject): Manifest {
  const { name = '', namespace = 'default' } = metadata ?? {}
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace }, spec }
}
