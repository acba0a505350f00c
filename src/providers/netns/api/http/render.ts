import { apiVersionOf, type ResourceDefinition } from '../resources/definition.ts'
import type { KubeObject } from '../types.ts'
import type { AcceptedFormat } from './negotiate.ts'
import { tableOf } from './table.ts'

export interface ListMeta {
  readonly resourceVersion: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

/** One object in the form that the client asked for. */
export function renderObject(
  definition: ResourceDefinition,
  object: KubeObject,
  format: AcceptedFormat,
  query: URLSearchParams,
): unknown {
  if (format.as === 'Table') {
    return tableOf(definition, [object], { resourceVersion: object.metadata.resourceVersion }, query)
  }
  return format.as.startsWith('PartialObjectMetadata') ? partial(object) : object
}

/** A list in the form that the client asked for. Its items are without apiVersion and kind, as the real server's. */
export function renderList(
  definition: ResourceDefinition,
  items: readonly KubeObject[],
  metadata: ListMeta,
  format: AcceptedFormat,
  query: URLSearchParams,
): unknown {
  if (format.as === 'Table') return tableOf(definition, items, metadata, query)
  if (format.as.startsWith('PartialObjectMetadata')) {
    return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: items.map(partial) }
  }
  return {
    kind: `${definition.kind}List`,
    apiVersion: apiVersionOf(definition),
    metadata,
    items: items.map(({ apiVersion: _apiVersion, kind: _kind, ...rest }) => rest),
  }
}

function partial(object: KubeObject): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata }
}
