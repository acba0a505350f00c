import type { V1LabelSelector } from '@kubernetes/client-node'
import { invalidInput } from '../../../errors.ts'

/** A condition on labels, as Calico's selectors have it. */
export type Selector =
  | { readonly kind: 'all' }
  | { readonly kind: 'equals'; readonly key: string; readonly value: string }
  | { readonly kind: 'in'; readonly key: string; readonly values: readonly string[] }
  | { readonly kind: 'not-in'; readonly key: string; readonly values: readonly string[] }
  | { readonly kind: 'has'; readonly key: string }
  | { readonly kind: 'lacks'; readonly key: string }
  | { readonly kind: 'and'; readonly terms: readonly Selector[] }

/**
 * The terms of a Kubernetes selector: labels by key, then the expressions in their order.
 * @param prefix put before each key, for the labels of namespaces.
 * @throws PacketproofError E_INVALID_INPUT for an operator that does not exist.
 */
export function labelTerms(selector: V1LabelSelector, prefix = ''): Selector[] {
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    ...labels.map(([key, value]): Selector => ({ kind: 'equals', key: prefix + key, value })),
    ...(selector.matchExpressions ?? []).map(({ key, operator, values = [] }): Selector => {
      const sorted = [...new Set(values)].sort()
      switch (operator) {
        case 'In':
          return { kind: 'in', key: prefix + key, values: sorted }
        case 'NotIn':
          return { kind: 'not-in', key: prefix + key, values: sorted }
        case 'Exists':
          return { kind: 'has', key: prefix + key }
        case 'DoesNotExist':
          return { kind: 'lacks', key: prefix + key }
        default:
          throw invalidInput(`"${operator}" is not an operator: expected In, NotIn, Exists or DoesNotExist`)
      }
    }),
  ]
}

/** All of the terms; a single one stands for itself. */
export function both(...terms: readonly Selector[]): Selector {
  const [only, ...others] = terms
  if (only === undefined) return { kind: 'all' }
  return others.length === 0 ? only : { kind: 'and', terms }
}

/** The text of which a set's id is made: double quotes, sorted values, every conjunction in brackets. */
export function canonicalText(selector: Selector): string {
  switch (selector.kind) {
    case 'all':
      return 'all()'
    case 'equals':
      return `${selector.key} == ${quote(selector.value)}`
    case 'in':
      return `${selector.key} in {${selector.values.map(quote).join(', ')}}`
    case 'not-in':
      return `${selector.key} not in {${selector.values.map(quote).join(', ')}}`
    case 'has':
      return `has(${selector.key})`
    case 'lacks':
      return `!has(${selector.key})`
    default:
      return `(${selector.terms.map(canonicalText).join(' && ')})`
  }
}

export function matches(selector: Selector, labels: ReadonlyMap<string, string>): boolean {
  switch (selector.kind) {
    case 'all':
      return true
    case 'equals':
      return labels.get(selector.key) === selector.value
    case 'in':
      return selector.values.includes(labels.get(selector.key) ?? '') && labels.has(selector.key)
    case 'not-in':
      return !(labels.has(selector.key) && selector.values.includes(labels.get(selector.key) ?? ''))
    case 'has':
      return labels.has(selector.key)
    case 'lacks':
      return !labels.has(selector.key)
    default:
      return selector.terms.every((term) => matches(term, labels))
  }
}

function quote(text: string): string {
  return text.includes('"') ? `'${text}'` : `"${text}"`
}
