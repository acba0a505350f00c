import { createHash } from 'node:crypto'
import type { KubeObject, ObjectMeta } from '../api/types.ts'
import { isPodReady, namespaceOf, type PodObject, type PodTemplate } from '../kubelet/objects.ts'

/** The letters of Kubernetes' generated names: no vowels and nothing that looks like another. */
const safeLetters = 'bcdfghjklmnpqrstvwxz2456789'

/** A short text that differs between different values, whatever the order of their keys. */
export function hashOf(value: unknown): string {
  const digest = createHash('sha256').update(canonicalJson(value)).digest()
  return [...digest.subarray(0, 10)].map((byte) => safeLetters[byte % safeLetters.length]).join('')
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)))
  })
}

/** The metadata of a pod or ReplicaSet that belongs to `owner`. */
export function ownedMetadata(owner: KubeObject, labels: Readonly<Record<string, string>>): Partial<ObjectMeta> {
  return {
    namespace: namespaceOf(owner),
    labels: { ...labels },
    ownerReferences: [
      {
        apiVersion: owner.apiVersion,
        kind: owner.kind,
        name: owner.metadata.name,
        uid: owner.metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  }
}

/** A pod of the template, named after its owner. */
export function podFromTemplate(
  owner: KubeObject,
  template: PodTemplate,
  extraLabels: Readonly<Record<string, string>> = {},
): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...ownedMetadata(owner, { ...template.metadata?.labels, ...extraLabels }),
      generateName: `${owner.metadata.name}-`,
      ...(template.metadata?.annotations ? { annotations: { ...template.metadata.annotations } } : {}),
    },
    spec: structuredClone(template.spec),
  }
}

export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return (
    object.metadata.ownerReferences?.some(({ controller, uid }) => controller && uid === owner.metadata.uid) ?? false
  )
}

/** The name of the controlling owner of this kind. */
export function controllerName(object: KubeObject, kind: string): string | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller && owner.kind === kind)?.name
}

/** Milliseconds until a ready pod counts as available: 0 when it does, undefined when it is not ready. */
export function msUntilAvailable(
  pod: PodObject,
  minReadySeconds: number,
  nowMs: number = Date.now(),
): number | undefined {
  if (!isPodReady(pod) || pod.metadata.deletionTimestamp !== undefined) return undefined
  if (minReadySeconds === 0) return 0
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready')
  const sinceMs = Date.parse(ready?.lastTransitionTime ?? '')
  return Math.max(0, sinceMs + minReadySeconds * 1000 - nowMs)
}

/** `maxSurge` and `maxUnavailable`: a number, or a percentage of `total`. */
export function scaledValue(value: number | string | undefined, total: number, round: 'up' | 'down'): number {
  if (value === undefined) return 0
  if (typeof value === 'number') return value
  const share = (Number.parseInt(value, 10) * total) / 100
  return round === 'up' ? Math.ceil(share) : Math.floor(share)
}
