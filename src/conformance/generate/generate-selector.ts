import type { V1LabelSelector, V1LabelSelectorRequirement } from '@kubernetes/client-node'
import type { Random } from './random.ts'
import type { Vocabulary } from './vocabulary.ts'

/** A selector of labels and expressions, empty at times. It may ask for a label that no object has. */
export function generateSelector(random: Random, vocabulary: Vocabulary): V1LabelSelector {
  const entries = Object.entries({ ...vocabulary.fixed, ...vocabulary.varying, absent: ['never'] as const })
  if (random.chance(0.25)) return {}
  const matchLabels = Object.fromEntries(
    random.some(entries.slice(0, -1), 0.8 / entries.length).map(([key, values]) => [key, random.pick(values)] as const),
  )
  const matchExpressions = random
    .some(entries, 1 / entries.length)
    .map(([key, values]) => generateExpression(random, key, values))
  return {
    ...(Object.keys(matchLabels).length > 0 && { matchLabels }),
    ...(matchExpressions.length > 0 && { matchExpressions }),
  }
}

function generateExpression(
  random: Random,
  key: string,
  values: readonly [string, ...string[]],
): V1LabelSelectorRequirement {
  const operator = random.pick(['In', 'NotIn', 'Exists', 'DoesNotExist'])
  if (operator === 'Exists' || operator === 'DoesNotExist') return { key, operator }
  const some = random.some(values, 0.5)
  return { key, operator, values: some.length > 0 ? some : [random.pick(values)] }
}
