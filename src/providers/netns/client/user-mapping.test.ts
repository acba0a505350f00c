import { expect, it } from 'vitest'
import { parseSubordinateIds } from './user-mapping.ts'

it('takes the largest range of a user, by name or by uid', () => {
  const text = 'ann:100000:1000\nbob:200000:65536\n1001:300000:65536\nann:x:y\n\n# ann:1:99999999\n'
  expect(parseSubordinateIds(text, 'ann', 1001)).toEqual({ first: 300_000, count: 65_536 })
  expect(parseSubordinateIds(text, 'ann', 7)).toEqual({ first: 100_000, count: 1000 })
  expect(parseSubordinateIds(text, 'eve', 7)).toBeUndefined()
})
