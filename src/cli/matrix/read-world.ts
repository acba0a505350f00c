import type { KubernetesObject, V1Pod, V1PodSpec } from '@kubernetes/client-node'
import { loadManifests, type ManifestObject } from '../../cluster/load-manifests.ts'
import { invalidInput } from '../../errors.ts'

/** What a user's manifests hold, in the order in which a cluster needs it. */
export interface MatrixWorld {
  /** Namespaces that are named, whether or not there is a manifest of them. */
  readonly namespaces: readonly ManifestObject[]
  /** ConfigMaps and their like, which pods may need. */
  readonly others: readonly ManifestObject[]
  /** Pods, and what makes pods. */
  readonly workloads: readonly ManifestObject[]
  readonly policies: readonly ManifestObject[]
  /** What was made up or passed over, for people. */
  readonly notes: readonly string[]
}

const workloadKinds = ['Pod', 'Deployment', 'ReplicaSet', 'DaemonSet']
const otherKinds = ['ConfigMap', 'Secret', 'ServiceAccount', 'Service', 'Endpoints', 'EndpointSlice']
/** They make pods, too, and the embedded cluster does not know them. */
const unknownWorkloads = new Set(['StatefulSet', 'Job', 'CronJob', 'ReplicationController'])

/** @throws PacketproofError E_INVALID_INPUT that names the file, the document and what was expected. */
export async function readWorld(paths: readonly string[]): Promise<MatrixWorld> {
  const objects = (await Promise.all(paths.map(loadManifests))).flat()
  for (const each of objects) refuseUnusable(each)
  const ofKinds = (kinds: readonly string[]): readonly ManifestObject[] =>
    objects.filter(({ object }) => kinds.includes(object.kind)).map(withNamespace)
  const workloads = ofKinds(workloadKinds)
  if (workloads.length === 0) {
    throw invalidInput(`${paths.join(', ')}: expected pods to probe, found none`, {
      hint: `pods come from ${workloadKinds.join(', ')}`,
    })
  }
  const policies = ofKinds(['NetworkPolicy'])
  const others = ofKinds(otherKinds)
  refuseDuplicates(objects)
  const given = objects.filter(({ object }) => object.kind === 'Namespace')
  const missing = missingNamespaces(given, [...workloads, ...policies, ...others])
  const known = new Set(['Namespace', 'NetworkPolicy', ...workloadKinds, ...otherKinds])
  const passedOver = objects.filter(({ object }) => !known.has(object.kind))
  return {
    namespaces: [...given, ...missing.map((name) => ({ object: namespaceObject(name), place: 'made up' }))],
    others,
    workloads,
    policies,
    notes: [
      ...passedOver.map(
        ({ object, place }) => `${place}: ${object.kind} ${object.metadata?.name ?? ''} is passed over`,
      ),
      ...missing.map((name) => `the namespace ${name} has no manifest: it has no labels but its name`),
    ],
  }
}

/** The specification of the pods that a workload makes. */
export function podSpecOf(object: KubernetesObject): V1PodSpec | undefined {
  if (object.kind === 'Pod') return (object as V1Pod).spec
  return (object as { spec?: { template?: { spec?: V1PodSpec } } }).spec?.template?.spec
}

function refuseUnusable({ object, place }: ManifestObject): void {
  const { kind, apiVersion, metadata } = object
  if (unknownWorkloads.has(kind)) {
    throw invalidInput(`${place}: the embedded cluster has no ${kind}: ${metadata?.name ?? ''} would have no pods`, {
      hint: 'give its pods as Pods or as a Deployment with the same labels',
    })
  }
  if (kind === 'NetworkPolicy' && apiVersion !== 'networking.k8s.io/v1') {
    throw invalidInput(`${place}: NetworkPolicy of ${apiVersion}: expected networking.k8s.io/v1`, {
      hint: 'extensions/v1beta1 was removed in Kubernetes 1.16; the fields are the same in networking.k8s.io/v1',
    })
  }
  if (workloadKinds.includes(kind) && (podSpecOf(object)?.containers ?? []).length === 0) {
    throw invalidInput(`${place}: ${kind} ${metadata?.name ?? ''}: expected containers, found none`)
  }
}

function refuseDuplicates(objects: readonly ManifestObject[]): void {
  const seen = new Map<string, string>()
  for (const { object, place } of objects) {
    const { kind, metadata } = object
    const key = `${kind} ${kind === 'Namespace' ? '' : `${metadata?.namespace ?? 'default'}/`}${metadata?.name ?? ''}`
    const first = seen.get(key)
    if (first !== undefined) throw invalidInput(`${place}: ${key} is also in ${first}`)
    seen.set(key, place)
  }
}

function withNamespace({ object, place }: ManifestObject): ManifestObject {
  const namespace = object.metadata?.namespace ?? 'default'
  return { object: { ...object, metadata: Object.assign({}, object.metadata, { namespace }) }, place }
}

function missingNamespaces(given: readonly ManifestObject[], objects: readonly ManifestObject[]): readonly string[] {
  const known = new Set(['default', ...given.map(({ object }) => object.metadata?.name)])
  const named = new Set(objects.map(({ object }) => object.metadata?.namespace ?? 'default'))
  return [...named].filter((name) => !known.has(name))
}

function namespaceObject(name: string): ManifestObject['object'] {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}
