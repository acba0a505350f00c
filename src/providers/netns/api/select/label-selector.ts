import type { V1LabelSelector } from '@kubernetes/client-node'
import type { Wire } from '../wire.ts'

type Labels = Readonly<Record<string, string>>

/** Whether a label selector object (as in a NetworkPolicy or a DaemonSet) selects an object with these labels. */
export function matchesLabelSelector(selector: Wire<V1LabelSelector>, labels: Labels): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
  return equal && (selector.matchExpressions ?? []).every((expression) => matchesExpression(expression, labels))
}

function matchesExpression(
  { key, operator, values = [] }: { key: string; operator: string; values?: readonly string[] },
  labels: Labels,
): boolean {
  const value = labels[key]
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return false
  }
}
