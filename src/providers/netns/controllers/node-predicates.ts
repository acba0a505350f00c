import type { V1Taint, V1Toleration } from '@kubernetes/client-node'
import { matchesLabels, meetsRequirement } from '../api/select/label-selector.ts'
import type { Wire } from '../api/wire.ts'
import type { NodeObject, PodSpec } from '../kubelet/objects.ts'

type Taint = Wire<V1Taint>
type Toleration = Wire<V1Toleration>
type NodeView = Pick<NodeObject, 'metadata' | 'spec'>

/** `nodeSelector` and the required terms of `nodeAffinity`: the terms are alternatives, and one without content matches nothing. */
export function matchesNodeAffinity(spec: PodSpec, node: NodeView): boolean {
  const labels = node.metadata.labels ?? {}
  if (!matchesLabels(spec.nodeSelector, labels)) return false
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  if (!required) return true
  const fields = { 'metadata.name': node.metadata.name }
  return required.nodeSelectorTerms.some(({ matchExpressions = [], matchFields = [] }) => {
    if (matchExpressions.length + matchFields.length === 0) return false
    return (
      matchExpressions.every((requirement) => meetsRequirement(requirement, labels)) &&
      matchFields.every((requirement) => meetsRequirement(requirement, fields))
    )
  })
}

export function tolerates(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some(({ key, operator = 'Equal', value = '', effect }) => {
    if (effect && effect !== taint.effect) return false
    if (!key) return operator === 'Exists'
    return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''))
  })
}

const unschedulable: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }

/** Whether the node is cordoned and the pod does not tolerate that. */
export function isCordonedFor(spec: PodSpec, node: NodeView): boolean {
  return node.spec.unschedulable === true && !tolerates(spec.tolerations ?? [], unschedulable)
}

/** The first taint with one of the effects that the pod does not tolerate. */
export function untoleratedTaint(
  spec: PodSpec,
  node: NodeView,
  effects: readonly string[] = ['NoSchedule', 'NoExecute'],
): Taint | undefined {
  return node.spec.taints?.find((taint) => effects.includes(taint.effect) && !tolerates(spec.tolerations ?? [], taint))
}
