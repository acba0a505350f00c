import type { ResourceDefinition } from '../resources/definition.ts'
import type { KubeObject } from '../types.ts'
import { type ObjectPredicate, parseFieldSelector } from './parse-field-selector.ts'
import { parseLabelSelector } from './parse-label-selector.ts'

/** The objects that a list, watch or deletecollection is about. @throws StatusError 400 for a bad selector. */
export function selectionOf(
  query: URLSearchParams,
  definition: ResourceDefinition,
  namespace: string | undefined,
  name?: string,
): ObjectPredicate {
  const byLabels = parseLabelSelector(query.get('labelSelector') ?? '')
  const byFields = parseFieldSelector(query.get('fieldSelector') ?? '', definition)
  return (object: KubeObject) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (name === undefined || object.metadata.name === name) &&
    byLabels(object.metadata.labels ?? {}) &&
    byFields(object)
}
