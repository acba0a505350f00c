import { describe, expect, it } from 'vitest'
import { expandVariables } from './expand-variables.ts'

describe('expandVariables', () => {
  const variables = { A: '1', EMPTY: '', NESTED: '$(A)' }
  it.each([
    ['$(A)', '1'],
    ['x-$(A)-$(A)', 'x-1-1'],
    ['$(EMPTY)', ''],
    ['$(UNKNOWN)', '$(UNKNOWN)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$1'],
    ['$$', '$'],
    ['$A', '$A'],
    ['$(A', '$(A'],
    ['$(NESTED)', '$(A)'],
    ['$(toString)', '$(toString)'],
    ['cost: 5$', 'cost: 5$'],
  ])('turns %s into %s', (text, expected) => {
    expect(expandVariables(text, variables)).toBe(expected)
  })
})
