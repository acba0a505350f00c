import { isDeepStrictEqual } from 'node:util'
import type { V1LabelSelector, V1PodTemplateSpec } from '@kubernetes/client-node'
import type { Problems } from '../problems.ts'
import { matchesSelector } from '../select/label-selector.ts'
import { validateLabelSelector } from '../validation/label-selector.ts'
import { validateLabels } from '../validation/metadata.ts'
import { applyPodSpecDefaults } from '../validation/pod-defaults.ts'
import { validatePodSpec } from '../validation/pod-spec.ts'
import type { Wire } from '../wire.ts'

interface WorkloadSpec {
  selector?: Wire<V1LabelSelector>
  template?: Wire<V1PodTemplateSpec>
}

/** The part that DaemonSets, Deployments and ReplicaSets share: their pod template gets a pod's defaults. */
export function applyTemplateDefaults(spec: WorkloadSpec): void {
  spec.template ??= {}
  spec.template.metadata ??= {}
  if (spec.template.spec !== undefined) applyPodSpecDefaults(spec.template.spec)
}

/** A selector that is there, that is not empty, and that matches the template's labels; a valid template. */
export function validateWorkload(spec: WorkloadSpec, kind: string, problems: Problems): void {
  const labels = spec.template?.metadata?.labels ?? {}
  const { selector } = spec
  if (selector === undefined) problems.required('spec.selector')
  else {
    validateLabelSelector(selector, 'spec.selector', problems)
    const isEmpty =
      (selector.matchExpressions ?? []).length === 0 && Object.keys(selector.matchLabels ?? {}).length === 0
    if (isEmpty) problems.invalid('spec.selector', selector, `empty selector is invalid for ${kind}`)
    else if (!matchesSelector(selector, labels)) {
      problems.invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')
    }
  }
  validateLabels(labels, 'spec.template.metadata.labels', problems)
  validatePodSpec(spec.template?.spec, 'spec.template.spec', problems)
  const restartPolicy = spec.template?.spec?.restartPolicy
  if (restartPolicy !== undefined && restartPolicy !== 'Always') {
    problems.notSupported('spec.template.spec.restartPolicy', restartPolicy, ['Always'])
  }
}

export function validateSelectorUnchanged(spec: WorkloadSpec, old: WorkloadSpec, problems: Problems): void {
  if (!isDeepStrictEqual(spec.selector, old.selector)) {
    problems.invalid('spec.selector', spec.selector, 'field is immutable')
  }
}

export function validateNotNegative(value: number | undefined, path: string, problems: Problems): void {
  if (value !== undefined && value < 0) problems.invalid(path, value, 'must be greater than or equal to 0')
}
