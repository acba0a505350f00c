import { badRequest } from '../status-error.ts'
import { checkLabelValue, checkQualifiedName } from '../validation/names.ts'

type LabelPredicate = (labels: Readonly<Record<string, string>>) => boolean

const TOKEN = /\s*(==|!=|[=!(),<>]|[^\s=!(),<>]+)/y

/**
 * Reads a `labelSelector` query: `a=b,c!=d,e in (f,g),h notin (i),j,!k,n>1`.
 * @throws StatusError 400 that says where it stops making sense.
 */
export function parseLabelSelector(text: string): LabelPredicate {
  const tokens = tokenize(text)
  const predicates: LabelPredicate[] = []
  let position = 0
  const fail = (found: string | undefined, expected: string): never => {
    throw badRequest(`unable to parse requirement: found '${found ?? ''}', expected: ${expected}`)
  }
  const next = (): string | undefined => tokens[position++]

  const readValues = (): string[] => {
    if (next() !== '(') fail(tokens[position - 1], "'('")
    const values: string[] = []
    for (;;) {
      const token = next()
      if (token === ')') return [...values, '']
      if (token === ',') values.push('')
      else if (token === undefined || isOperator(token)) fail(token, "',', ')' or identifier")
      else {
        values.push(token)
        const after = next()
        if (after === ')') return values
        if (after !== ',') fail(after, "',' or ')'")
      }
    }
  }
  const readRequirement = (): LabelPredicate => {
    const first = next()
    if (first === '!') {
      const key = checkKey(next() ?? fail(undefined, 'identifier'))
      return (labels) => labels[key] === undefined
    }
    if (first === undefined || isOperator(first)) fail(first, "!, identifier, or 'end of string'")
    const key = checkKey(first ?? '')
    const operator = tokens[position]
    if (operator === undefined || operator === ',') return (labels) => labels[key] !== undefined
    position += 1
    if (operator === 'in' || operator === 'notin') {
      const values = new Set(readValues().map(checkValue))
      return (labels) =>
        values.has(labels[key] ?? '') === (operator === 'in') && (operator === 'notin' || labels[key] !== undefined)
    }
    const peeked = tokens[position]
    const value = checkValue(peeked === undefined || peeked === ',' ? '' : (next() ?? ''))
    if (operator === '=' || operator === '==') return (labels) => labels[key] === value
    if (operator === '!=') return (labels) => labels[key] !== value
    if (operator === '>' || operator === '<') return compare(key, operator, value)
    return fail(operator, 'in, notin, =, ==, !=, gt, lt')
  }

  while (position < tokens.length) {
    predicates.push(readRequirement())
    const separator = next()
    if (separator !== undefined && separator !== ',') fail(separator, "',' or 'end of string'")
    if (separator === ',' && position >= tokens.length) fail('', "identifier after ','")
  }
  return (labels) => predicates.every((predicate) => predicate(labels))
}

function tokenize(text: string): string[] {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text)
    if (match?.[1] === undefined) break
    tokens.push(match[1])
  }
  return tokens
}

const isOperator = (token: string): boolean => /^(==|!=|[=!(),<>])$/.test(token)

function compare(key: string, operator: '<' | '>', value: string): LabelPredicate {
  if (!/^-?\d+$/.test(value)) {
    throw badRequest(
      `values[0][${key}]: Invalid value: "${value}": for 'Gt', 'Lt' operators, the value must be an integer`,
    )
  }
  return (labels) => {
    const label = Number(labels[key])
    if (labels[key] === undefined || Number.isNaN(label)) return false
    return operator === '>' ? label > Number(value) : label < Number(value)
  }
}

function checkKey(key: string): string {
  const [wrong] = checkQualifiedName(key)
  if (wrong !== undefined) throw badRequest(`unable to parse requirement: <nil>: Invalid value: "${key}": ${wrong}`)
  return key
}

function checkValue(value: string): string {
  const [wrong] = checkLabelValue(value)
  if (wrong !== undefined)
    throw badRequest(`unable to parse requirement: values[0]: Invalid value: "${value}": ${wrong}`)
  return value
}
