import { describe, expect, it } from 'vitest'
import { MarkedStream } from './marked-stream.ts'

const MARK = '\u001e0123456789abcdef'
const SAID = Buffer.from(`data\n\u001e01234 no mark\0${MARK} pid 42\nmore${MARK} end\n`)

function read(...chunks: readonly Buffer[]): { data: string; words: string[] } {
  let data = ''
  const words: string[] = []
  const stream = new MarkedStream(
    MARK,
    (chunk) => (data += chunk.toString('latin1')),
    (line) => words.push(line.join(' ')),
  )
  for (const chunk of chunks) stream.push(chunk)
  stream.flush()
  return { data, words }
}

describe('MarkedStream', () => {
  it('takes the marked lines out, wherever a chunk ends', () => {
    const expected = { data: 'data\n\u001e01234 no mark\0more', words: ['pid 42', 'end'] }
    expect(read(SAID)).toEqual(expected)
    expect(read(...[...SAID].map((byte) => Buffer.of(byte)))).toEqual(expected)
    for (let cut = 1; cut < SAID.length; cut++)
      expect(read(SAID.subarray(0, cut), SAID.subarray(cut))).toEqual(expected)
  })

  it('holds nothing back but what may become a mark', () => {
    let data = ''
    const stream = new MarkedStream(
      MARK,
      (chunk) => (data += chunk.toString()),
      () => undefined,
    )
    stream.push(Buffer.from('listening on eth0'))
    expect(data).toBe('listening on eth0')
    stream.push(Buffer.from('\u001e01'))
    expect(data).toBe('listening on eth0')
    stream.push(Buffer.from('x'))
    expect(data).toBe('listening on eth0\u001e01x')
  })

  it('gives back what looked like the beginning of a mark when the output ends', () => {
    expect(read(Buffer.from('end\u001e0123'))).toEqual({ data: 'end\u001e0123', words: [] })
  })
})
