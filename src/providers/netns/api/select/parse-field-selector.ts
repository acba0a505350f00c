import { apiVersionOf, type ResourceDefinition } from '../resources/definition.ts'
import { badRequest } from '../status-error.ts'
import type { KubeObject } from '../types.ts'

export type ObjectPredicate = (object: KubeObject) => boolean

/**
 * Reads a `fieldSelector` query: `metadata.name=a,status.phase!=Running`.
 * @throws StatusError 400 for a field that the resource cannot be selected by.
 */
export function parseFieldSelector(text: string, definition: ResourceDefinition): ObjectPredicate {
  const predicates = text
    .split(',')
    .filter((term) => term !== '')
    .map((term): ObjectPredicate => {
      const match = /^([^=!]+)(!=|==|=)(.*)$/s.exec(term)
      if (match === null)
        throw badRequest(
          `Unable to find ${JSON.stringify(apiVersionOf(definition))} that match label selector "", field selector ${JSON.stringify(text)}: invalid selector: '${text}'; can't understand '${term}'`,
        )
      const [, field = '', operator, value] = match
      const read = readerOf(field, definition)
      return (object) => (read(object) === unescape(value ?? '')) === (operator !== '!=')
    })
  return (object) => predicates.every((predicate) => predicate(object))
}

function readerOf(field: string, definition: ResourceDefinition): (object: KubeObject) => string {
  if (field === 'metadata.name') return (object) => object.metadata.name
  if (field === 'metadata.namespace' && definition.namespaced) return (object) => object.metadata.namespace ?? ''
  const read = Object.hasOwn(definition.fieldSelectors, field) ? definition.fieldSelectors[field] : undefined
  if (read === undefined) throw badRequest(`field label not supported: ${field}`)
  return read
}

/** A backslash before `\`, `,` or `=` takes away their meaning. */
function unescape(value: string): string {
  return value.replaceAll(/\\([\\,=])/g, '$1')
}
