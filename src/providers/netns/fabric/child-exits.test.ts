import { expect, it } from 'vitest'
import { decodeWaitStatus } from './child-exits.ts'

it.each([
  ['exit code 0', 0, { exitCode: 0, signal: null }],
  ['exit code 127', 127 << 8, { exitCode: 127, signal: null }],
  ['exit code 255', 255 << 8, { exitCode: 255, signal: null }],
  ['SIGKILL', 9, { exitCode: null, signal: 'SIGKILL' }],
  ['SIGSEGV with a core dump', 0x80 | 11, { exitCode: null, signal: 'SIGSEGV' }],
])('reads %s from a wait status', (_, status, expected) => {
  expect(decodeWaitStatus(status)).toEqual(expected)
})
