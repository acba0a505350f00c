import { describe, expect, it } from 'vitest'
import { exitCodeOf, terminatedState } from './container-state.ts'

describe('exitCodeOf', () => {
  it('is the exit code of a program that exited', () => {
    expect(exitCodeOf({ exitCode: 3, signal: null })).toBe(3)
  })
  it.each([
    ['SIGKILL', 137],
    ['SIGTERM', 143],
    ['SIGSEGV', 139],
  ])('is 128 and the number of %s', (signal, code) => {
    expect(exitCodeOf({ exitCode: null, signal })).toBe(code)
  })
})

describe('terminatedState', () => {
  it('is Completed after 0 and Error after anything else', () => {
    expect(terminatedState({ exitCode: 0, signal: null }, '', '').reason).toBe('Completed')
    expect(terminatedState({ exitCode: 1, signal: null }, '', '').reason).toBe('Error')
    expect(terminatedState({ exitCode: null, signal: 'SIGTERM' }, '', '').reason).toBe('Error')
  })
})
