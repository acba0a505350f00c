import { PacketproofError } from '../errors.ts'
import type { ClaimDefinition, ScenarioDefinition } from '../scenario/definition.ts'
import { suggest } from './suggest.ts'

/**
 * The scenarios of these names, each once and in the order given; all of them when no name is given.
 * @throws PacketproofError E_USAGE
 */
export function selectScenarios(
  names: readonly string[],
  known: readonly ScenarioDefinition[],
): readonly ScenarioDefinition[] {
  if (names.length === 0) return known
  return [...new Set(names)].map((name) => {
    const found = known.find((scenario) => scenario.name === name)
    if (found !== undefined) return found
    const hint = suggest(
      name,
      known.map((scenario) => scenario.name),
    )
    throw new PacketproofError('E_USAGE', `there is no scenario "${name}"`, { hint })
  })
}

/**
 * The part of the scenarios that `--shard I/N` means: every N-th, beginning with the I-th.
 * @throws PacketproofError E_USAGE for a text that is no part, and for a part that would be empty.
 */
export function selectShard(
  text: string | undefined,
  scenarios: readonly ScenarioDefinition[],
): readonly ScenarioDefinition[] {
  if (text === undefined) return scenarios
  const [, part = '', parts = ''] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []
  const [at, count] = [Number(part), Number(parts)]
  if (at < 1 || at > count) {
    throw new PacketproofError('E_USAGE', `--shard "${text}": expected I/N, for instance 1/3`)
  }
  const chosen = scenarios.filter((_, index) => index % count === at - 1)
  if (chosen.length > 0) return chosen
  throw new PacketproofError('E_USAGE', `--shard "${text}": there are only ${scenarios.length} scenarios to share`)
}

/**
 * A test of claims made from `--test` texts: one of the expressions must match the id or the sentence, and none of those that
 * begin with `!`. Without a positive expression every claim is in.
 * @throws PacketproofError E_USAGE for an expression that is none, or when no claim is left.
 */
export function selectClaims(
  expressions: readonly string[],
  scenarios: readonly ScenarioDefinition[],
): (claim: ClaimDefinition) => boolean {
  const positive = expressions.filter((text) => !text.startsWith('!')).map(toExpression)
  const negative = expressions.filter((text) => text.startsWith('!')).map((text) => toExpression(text.slice(1)))
  const includes = (claim: ClaimDefinition): boolean => {
    const matches = (expression: RegExp): boolean => expression.test(claim.id) || expression.test(claim.statement)
    return (positive.length === 0 || positive.some(matches)) && !negative.some(matches)
  }
  const all = scenarios.flatMap((scenario) => scenario.claims)
  if (expressions.length > 0 && !all.some(includes)) {
    throw new PacketproofError(
      'E_USAGE',
      `no claim matches ${expressions.map((text) => `--test "${text}"`).join(' ')}`,
      {
        hint: 'packetproof list --claims shows all claims',
      },
    )
  }
  return includes
}

function toExpression(text: string): RegExp {
  try {
    return new RegExp(text, 'u')
  } catch (error) {
    throw new PacketproofError('E_USAGE', `--test "${text}" is not a regular expression`, { cause: error })
  }
}
