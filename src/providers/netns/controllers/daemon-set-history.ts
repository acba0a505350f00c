import type { KubeObject, ObjectStore } from '../api/types.ts'
import { type DaemonSetObject, namespaceOf } from '../kubelet/objects.ts'
import { revisionLabel } from './daemon-set-plan.ts'
import { isControlledBy, ownedMetadata } from './pod-template.ts'

interface ControllerRevision extends KubeObject {
  revision: number
}

const defaultHistoryLimit = 10

/**
 * Records the template as the newest ControllerRevision, from which `kubectl rollout history` and `undo` read, and forgets
 * old ones beyond `revisionHistoryLimit`. A template that comes back gets the newest number.
 */
export function recordRevision(store: ObjectStore, daemonSet: DaemonSetObject, hash: string): void {
  const namespace = namespaceOf(daemonSet)
  const revisions = store
    .list<ControllerRevision>('controllerrevisions', namespace)
    .filter((revision) => isControlledBy(revision, daemonSet))
    .sort((left, right) => left.revision - right.revision)
  const newest = revisions.at(-1)
  const name = `${daemonSet.metadata.name}-${hash}`
  if (newest?.metadata.name === name) return
  const revision = (newest?.revision ?? 0) + 1
  const renumbered = store.modify<ControllerRevision>('controllerrevisions', namespace, name, (draft) => {
    draft.revision = revision
  })
  if (renumbered) return
  const { template, revisionHistoryLimit } = daemonSet.spec
  const { annotations } = daemonSet.metadata
  store.create('controllerrevisions', {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      ...ownedMetadata(daemonSet, { ...template.metadata?.labels, [revisionLabel]: hash }),
      name,
      ...(annotations ? { annotations: { ...annotations } } : {}),
    },
    data: { spec: { template: { ...template, $patch: 'replace' } } },
    revision,
  })
  const surplus = revisions.length - (revisionHistoryLimit ?? defaultHistoryLimit)
  for (const { metadata } of revisions.slice(0, Math.max(0, surplus))) {
    store.delete('controllerrevisions', namespace, metadata.name)
  }
}
