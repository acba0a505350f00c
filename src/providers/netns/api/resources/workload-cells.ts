import type { V1Container, V1LabelSelector } from '@kubernetes/client-node'
import type { Wire } from '../wire.ts'

/** The wide columns of DaemonSets, Deployments and ReplicaSets: container names, images, selector. */
export function workloadCells(
  containers: readonly Wire<V1Container>[],
  selector: Wire<V1LabelSelector> | undefined,
): [string, string, string] {
  return [
    containers.map((container) => container.name).join(','),
    containers.map((container) => container.image ?? '').join(','),
    formatSelector(selector),
  ]
}

/** A label selector as `kubectl get` prints it. */
export function formatSelector(selector: Wire<V1LabelSelector> | undefined): string {
  if (selector === undefined) return '<none>'
  const labels = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }) => {
    if (operator === 'Exists') return key
    if (operator === 'DoesNotExist') return `!${key}`
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${[...(values ?? [])].sort().join(',')})`
  })
  const parts = [...labels, ...expressions].sort()
  return parts.length === 0 ? '<none>' : parts.join(',')
}

/** A label map as `kubectl get` prints it. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  return formatSelector({ matchLabels: { ...labels } })
}
