import { expect, it } from 'vitest'
import { parseDurationMs } from './parse-duration.ts'

it.each([
  ['90s', 90_000],
  ['10m', 600_000],
  ['1h30m', 5_400_000],
  ['500ms', 500],
  ['1.5s', 1500],
  ['45', 45_000],
])('reads %s', (text, expected) => {
  expect(parseDurationMs(text, '--timeout')).toBe(expected)
})

it.each(['', '0', '0s', '-5s', '5 s', '10x', 's', '1000h', 'ten'])('refuses "%s" and says what is expected', (text) => {
  expect(() => parseDurationMs(text, '--timeout')).toThrow(
    `--timeout "${text}": expected a time such as 90s, 10m or 1h30m`,
  )
})
