import { expect, it } from 'vitest'
import { suggest } from './suggest.ts'

it.each([
  ['masquerad', ['masquerade', 'sidecar'], 'did you mean "masquerade"?'],
  ['side', ['masquerade', 'sidecar'], 'did you mean "sidecar"?'],
  ['nothing-near', ['a', 'b'], 'known: a, b'],
  ['x', [], 'there is none to choose from'],
])('%s of %j: %s', (name, known, expected) => {
  expect(suggest(name, known)).toBe(expected)
})
