import { describe, expect, it } from 'vitest'
import { marginal, median, quantile } from './statistics.ts'

describe('median', () => {
  it('is the middle of an odd number of values, whatever their order', () => {
    expect(median([9, 1, 100, 10, 2])).toBe(9)
  })

  it('is halfway between the two middle ones of an even number', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5)
  })

  it('of one value is that value', () => {
    expect(median([7])).toBe(7)
  })

  it('leaves the values in their order', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })

  it('refuses to be a figure of no runs', () => {
    expect(() => median([])).toThrow(RangeError)
  })
})

describe('quantile', () => {
  const upTo100 = Array.from({ length: 101 }, (_, index) => 100 - index)

  it('finds p95 where 95 % of the values are below', () => {
    expect(quantile(upTo100, 0.95)).toBe(95)
  })

  it('interpolates between neighbours as NumPy does', () => {
    expect(quantile([1, 2, 3, 4], 0.95)).toBeCloseTo(3.85, 10)
  })

  it('reaches the smallest and the largest value', () => {
    expect([quantile(upTo100, 0), quantile(upTo100, 1)]).toEqual([0, 100])
  })

  it('compares numbers as numbers', () => {
    expect(quantile([100, 9, 20], 1)).toBe(100)
  })

  it('refuses percent where a part is meant', () => {
    expect(() => quantile([1], 95)).toThrow(/0 to 1, not 95/)
  })
})

describe('marginal', () => {
  it('leaves out what does not grow', () => {
    expect(marginal(10, 500 + 10 * 3, 100, 500 + 100 * 3)).toBe(3)
  })
})
