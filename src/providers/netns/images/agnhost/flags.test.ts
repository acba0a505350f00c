import { describe, expect, it } from 'vitest'
import { parseFlags } from './flags.ts'

const defaults = { 'http-port': 8080, protocol: 'tcp', close: false }

describe('parseFlags', () => {
  it('reads a value after = and after a space, and a bare switch', () => {
    const { flags, positional } = parseFlags(['--http-port=80', 'x:1', '--protocol', 'udp', '--close'], defaults)
    expect(flags).toEqual({ 'http-port': 80, protocol: 'udp', close: true })
    expect(positional).toEqual(['x:1'])
  })
  it('keeps the defaults', () => {
    expect(parseFlags([], defaults).flags).toEqual(defaults)
  })
  it.each([
    ['--nope', 'unknown flag: --nope'],
    ['--toString', 'unknown flag: --toString'],
    ['--protocol', 'flag needs an argument: --protocol'],
    ['--http-port=abc', 'invalid argument "abc" for "--http-port": expected a number'],
    ['--close=maybe', 'invalid argument "maybe" for "--close": expected a boolean'],
  ])('refuses %s', (word, message) => {
    expect(() => parseFlags([word], defaults)).toThrow(message)
  })
})
