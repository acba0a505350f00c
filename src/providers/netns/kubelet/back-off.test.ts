import { describe, expect, it } from 'vitest'
import { BackOff } from './back-off.ts'

const take = (backOff: BackOff, count: number): number[] => Array.from({ length: count }, () => backOff.next())

describe('BackOff', () => {
  it('doubles from the first delay to the bound', () => {
    expect(take(new BackOff({ firstMs: 1000, maximumMs: 5000 }), 5)).toEqual([1000, 2000, 4000, 5000, 5000])
  })

  it('starts with no delay when the first attempt is immediate', () => {
    expect(take(new BackOff({ firstMs: 1000, maximumMs: 5000, immediateFirst: true }), 4)).toEqual([
      0, 1000, 2000, 4000,
    ])
  })

  it('stays at the bound however often it fails', () => {
    expect(take(new BackOff({ firstMs: 1, maximumMs: 30_000 }), 5000).at(-1)).toBe(30_000)
  })

  it('starts over after a success that lasted twice the bound, and not before', () => {
    const backOff = new BackOff({ firstMs: 1000, maximumMs: 5000 })
    take(backOff, 2)
    backOff.succeededFor(9999)
    expect(backOff.next()).toBe(4000)
    backOff.succeededFor(10_000)
    expect(backOff.next()).toBe(1000)
  })
})
