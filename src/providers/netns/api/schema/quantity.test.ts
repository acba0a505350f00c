import { expect, it } from 'vitest'
import { canonicalQuantity, isQuantity } from './quantity.ts'

it.each(['0', '100m', '1.5', '.5', '5.', '64Mi', '1e3', '1E-2', '-1', '+2Gi', '12k', '3u', '1E'])(
  '%s is a quantity',
  (text) => {
    expect(isQuantity(text)).toBe(true)
  },
)

it.each(['', 'lots', '1 Mi', '1mi', '1KiB', '.', '1.2.3', '--1', '1e', 'Mi'])('%j is not a quantity', (text) => {
  expect(isQuantity(text)).toBe(false)
})

it.each([
  ['0.5', '500m'],
  ['1500m', '1500m'],
  ['1000m', '1'],
  ['2.0', '2'],
  ['64Mi', '64Mi'],
  ['0.0001', '0.0001'],
])('%s is kept as %s', (text, canonical) => {
  expect(canonicalQuantity(text)).toBe(canonical)
})
