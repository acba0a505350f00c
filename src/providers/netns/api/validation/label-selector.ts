import type { V1LabelSelector } from '@kubernetes/client-node'
import type { Problems } from '../problems.ts'
import type { Wire } from '../wire.ts'
import { validateLabels } from './metadata.ts'
import { checkLabelValue, checkQualifiedName } from './names.ts'

/** As ValidateLabelSelector of k8s.io/apimachinery/pkg/apis/meta/v1/validation. */
export function validateLabelSelector(selector: Wire<V1LabelSelector>, path: string, problems: Problems): void {
  validateLabels(selector.matchLabels ?? {}, `${path}.matchLabels`, problems)
  for (const [index, expression] of (selector.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${index}]`
    const values = expression.values ?? []
    switch (expression.operator) {
      case 'In':
      case 'NotIn':
        if (values.length === 0)
          problems.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'")
        break
      case 'Exists':
      case 'DoesNotExist':
        if (values.length > 0) {
          problems.forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
        }
        break
      default:
        problems.invalid(`${at}.operator`, expression.operator ?? '', 'not a valid selector operator')
    }
    problems.invalidEach(`${at}.key`, expression.key ?? '', checkQualifiedName(expression.key ?? ''))
    for (const [position, value] of values.entries()) {
      problems.invalidEach(`${at}.values[${position}]`, value, checkLabelValue(value))
    }
  }
}
