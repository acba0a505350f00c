type Labels = Readonly<Record<string, string>>

interface Requirement {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[]
}

interface LabelSelector {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly Requirement[]
}

/** A selector of an object (`matchLabels`, `matchExpressions`). An empty selector matches everything, none matches nothing. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (!selector) return false
  const present = labels ?? {}
  return (
    matchesLabels(selector.matchLabels, present) &&
    (selector.matchExpressions ?? []).every((requirement) => meetsRequirement(requirement, present))
  )
}

export function matchesLabels(wanted: Labels | undefined, labels: Labels | undefined): boolean {
  return Object.entries(wanted ?? {}).every(([key, value]) => labels?.[key] === value)
}

export function meetsRequirement({ key, operator, values = [] }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return value !== undefined && isInteger(value) && Number(value) > Number(values[0])
    case 'Lt':
      return value !== undefined && isInteger(value) && Number(value) < Number(values[0])
    default:
      return false
  }
}

function isInteger(text: string): boolean {
  return /^-?\d+$/.test(text)
}
