import { expect, it } from 'vitest'
import { ageSince, humanDuration } from './ages.ts'

const hour = 3600

// The cases of k8s.io/apimachinery/pkg/util/duration/duration_test.go, in seconds.
it.each([
  [1, '1s'],
  [70, '70s'],
  [190, '3m10s'],
  [70 * 60, '70m'],
  [47 * hour, '47h'],
  [49 * hour, '2d1h'],
  [(8 * 24 + 2) * hour, '8d'],
  [367 * 24 * hour, '367d'],
  [(365 * 2 * 24 + 25) * hour, '2y1d'],
  [(365 * 8 * 24 + 2) * hour, '8y'],
  [120, '2m'],
  [-5, '<invalid>'],
])('prints %d seconds as %s', (seconds, text) => {
  expect(humanDuration(seconds * 1000)).toBe(text)
})

it('does not know the age of what has no time', () => {
  expect(ageSince(undefined, 0)).toBe('<unknown>')
})
