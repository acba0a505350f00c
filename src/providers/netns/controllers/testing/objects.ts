import type { NodeObject, PodObject, PodSpec } from '../../kubelet/objects.ts'

/** Builders for the objects that the tests of pure decisions are about. */

export function aNode(
  name: string,
  more: Partial<NodeObject['spec']> & { labels?: Record<string, string> } = {},
): NodeObject {
  const { labels, ...spec } = more
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '', labels: { host: name, ...labels } },
    spec,
  }
}

let made = 0

export function aPod(
  spec: Partial<PodSpec> = {},
  more: { labels?: Record<string, string>; ready?: boolean; phase?: string; owner?: string; deleting?: boolean } = {},
): PodObject {
  made += 1
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `pod-${made}`,
      namespace: 'default',
      uid: `uid-${made}`,
      resourceVersion: String(made),
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: more.labels ?? {},
      ...(more.deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
      ...(more.owner
        ? {
            ownerReferences: [
              { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: more.owner, uid: more.owner, controller: true },
            ],
          }
        : {}),
    },
    spec: { containers: [{ name: 'c' }], ...spec },
    status: {
      phase: more.phase ?? 'Running',
      conditions: [
        { type: 'Ready', status: more.ready === false ? 'False' : 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
      ],
    },
  }
}
