import type { V1LabelSelector, V1LabelSelectorRequirement } from '@kubernetes/client-node'
import { invalidInput } from '../errors.ts'
import type { Labels } from './objects.ts'

/**
 * Whether a selector that is present matches: all of its labels and expressions do. An empty one matches everything.
 * @throws PacketproofError E_INVALID_INPUT for an operator that the API does not know.
 */
export function selects(selector: V1LabelSelector, labels: Labels): boolean {
  const wanted = Object.entries(selector.matchLabels ?? {})
  return (
    wanted.every(([key, value]) => valueOf(labels, key) === value) &&
    (selector.matchExpressions ?? []).every((expression) => isMet(expression, labels))
  )
}

function isMet({ key, operator, values = [] }: V1LabelSelectorRequirement, labels: Labels): boolean {
  const value = valueOf(labels, key)
  switch (operator) {
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'In':
      return value !== undefined && values.includes(value)
    // A missing key is in no list of values.
    case 'NotIn':
      return value === undefined || !values.includes(value)
    default:
      throw invalidInput(
        `"${operator}" is not an operator of a label selector: expected In, NotIn, Exists or DoesNotExist`,
      )
  }
}

function valueOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined
}
