import type { ResourceDefinition } from '../resources/definition.ts'
import { forbidden, notFound } from '../status-error.ts'
import type { KubeObject, ObjectMeta, ObjectStore } from '../types.ts'

/**
 * As the NamespaceLifecycle admission plugin: objects go into namespaces that exist and are not going away.
 * @throws StatusError 404 or 403.
 */
export function checkNamespace(
  store: Pick<ObjectStore, 'get'>,
  definition: ResourceDefinition,
  metadata: ObjectMeta,
): void {
  if (!definition.namespaced || metadata.namespace === undefined) return
  const namespace: KubeObject | undefined = store.get('namespaces', undefined, metadata.namespace)
  if (namespace === undefined) throw notFound({ resource: 'namespaces', group: '' }, metadata.namespace)
  if (namespace.metadata.deletionTimestamp === undefined) return
  const why = `unable to create new content in namespace ${metadata.namespace} because it is being terminated`
  throw forbidden(definition, metadata.name, why, [
    {
      reason: 'NamespaceTerminating',
      message: `namespace ${metadata.namespace} is being terminated`,
      field: 'metadata.namespace',
    },
  ])
}
