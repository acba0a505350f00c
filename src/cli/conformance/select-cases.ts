import { namedCases } from '../../conformance/cases/named-cases.ts'
import type { ConformanceCase } from '../../conformance/conformance-case.ts'
import { generateCase } from '../../conformance/generate/generate-case.ts'
import { PacketproofError } from '../../errors.ts'

/**
 * The named cases and so many generated ones, those whose name matches one of the expressions and none of those with a `!`.
 * @throws PacketproofError E_USAGE for an expression that is none, and when nothing matches.
 */
export function selectCases(count: number, seed: number, expressions: readonly string[]): readonly ConformanceCase[] {
  const all = [...namedCases, ...Array.from({ length: count }, (_, index) => generateCase(seed, index))]
  const positive = expressions.filter((text) => !text.startsWith('!')).map(toExpression)
  const negative = expressions.filter((text) => text.startsWith('!')).map((text) => toExpression(text.slice(1)))
  const selected = all.filter(
    ({ name }) =>
      (positive.length === 0 || positive.some((expression) => expression.test(name))) &&
      !negative.some((expression) => expression.test(name)),
  )
  if (selected.length > 0) return selected
  throw new PacketproofError('E_USAGE', `no case matches ${expressions.map((text) => `--test "${text}"`).join(' ')}`, {
    hint: 'names are those of the NetworkPolicy suite of Kubernetes; generated ones are "generated SEED/INDEX"',
  })
}

function toExpression(text: string): RegExp {
  try {
    return new RegExp(text, 'u')
  } catch (cause) {
    throw new PacketproofError('E_USAGE', `--test "${text}" is not a regular expression`, { cause })
  }
}
