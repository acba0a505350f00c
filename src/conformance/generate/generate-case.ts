import { type AddressOf, type ConformanceCase, type Labels, NAMESPACES, PODS } from '../conformance-case.ts'
import { generatePolicy } from './generate-policy.ts'
import { Random } from './random.ts'
import { namespaceVocabulary, podVocabulary, type Vocabulary } from './vocabulary.ts'

/** The `index`th case of a seed; it does not depend on how many cases are asked for. Nothing is expected by hand: the oracle judges. */
export function generateCase(seed: number, index: number): ConformanceCase {
  return {
    name: `generated ${seed}/${index}`,
    origin: 'generated',
    steps: [{ state: (addressOf) => generateState(seed, index, addressOf), expected: {} }],
  }
}

function generateState(seed: number, index: number, addressOf: AddressOf) {
  // Neighbouring seeds and indices must not share a sequence.
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b))
  const labelsOf = (names: readonly string[], vocabulary: Vocabulary) =>
    Object.fromEntries(names.map((name) => [name, generateLabels(random, vocabulary)]))
  const namespaceLabels = labelsOf(NAMESPACES, namespaceVocabulary)
  const podLabels = labelsOf(PODS, podVocabulary)
  const count = random.integer(1, 4)
  const policies = Array.from({ length: count }, (_, at) => generatePolicy(random, `policy-${at + 1}`, addressOf))
  return { policies, namespaceLabels, podLabels }
}

function generateLabels(random: Random, { varying }: Vocabulary): Labels {
  const chosen = random.some(Object.entries(varying), 0.6)
  return Object.fromEntries(chosen.map(([key, values]) => [key, random.pick(values)]))
}
