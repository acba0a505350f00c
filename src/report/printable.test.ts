import { describe, expect, it } from 'vitest'
import { cut, formatDuration, oneLine, plural, printable, shellLine } from './printable.ts'

describe('printable', () => {
  it.each([
    ['a\0b\u001b[0m', 'a␀b␛[0m'],
    ['a\tb\nc', 'a\tb\nc'],
    ['a\r\nb\rc', 'a\nb␍c'],
    ['\u007f\u0085', '␡\\u{85}'],
    ['abc\u202edcba', 'abc\\u{202e}dcba'],
    ['\ud800x', '\\u{d800}x'],
    ['😀 ü', '😀 ü'],
    ['\uffff', '\\u{ffff}'],
  ])('shows %j as %j', (text, shown) => {
    expect(printable(text)).toBe(shown)
  })
})

describe('shellLine', () => {
  it('quotes what a shell would not take literally', () => {
    expect(shellLine(['ping', '-c', '1', "it's", '$(x)', ''])).toBe(`ping -c 1 'it'\\''s' '$(x)' ''`)
  })
})

describe('short texts', () => {
  it('put text on one line', () => {
    expect(oneLine(' a\n\tb  c ')).toBe('a b c')
  })

  it('say how much was cut', () => {
    expect(cut('abcdef', 4)).toBe('abcd… (2 more characters)')
    expect(cut('abcd', 4)).toBe('abcd')
  })

  it.each([
    [12.4, '12 ms'],
    [999.6, '1000 ms'],
    [1500, '1.5 s'],
    [185_000, '3 min 5 s'],
  ])('show %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  it('count nouns', () => {
    expect([plural(0, 'claim'), plural(1, 'claim'), plural(2, 'claim')]).toEqual(['0 claims', '1 claim', '2 claims'])
  })
})
