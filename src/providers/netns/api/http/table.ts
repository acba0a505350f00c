import type { ResourceDefinition } from '../resources/definition.ts'
import type { KubeObject } from '../types.ts'

/**
 * Objects as a `meta.k8s.io/v1 Table`, which is what `kubectl get` prints.
 * Query `includeObject`: `None`, `Metadata` (default) or `Object`.
 */
export function tableOf(
  definition: ResourceDefinition,
  objects: readonly KubeObject[],
  metadata: object,
  query: URLSearchParams,
  withColumns = true,
): unknown {
  const nowMs = Date.now()
  const include = query.get('includeObject') ?? 'Metadata'
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withColumns ? definition.columns : null,
    rows: objects.map((object) => ({
      cells: definition.cells(object, nowMs),
      ...(include === 'None' ? {} : { object: include === 'Object' ? object : metadataOf(object) }),
    })),
  }
}

function metadataOf(object: KubeObject): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata }
}
