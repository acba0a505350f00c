import { expect, it } from 'vitest'
import { readJsonLines } from './json-lines.ts'

async function read(...chunks: readonly string[]): Promise<unknown[]> {
  const stream = async function* (): AsyncGenerator<string> {
    yield* chunks
  }
  const batches: unknown[] = []
  for await (const batch of readJsonLines(stream())) batches.push(batch)
  return batches
}

it('reads lines however they are cut, those of a chunk together', async () => {
  expect(await read('{"a":1}\n{"b', '":', '2}\n[3]\n', '4\n')).toEqual([[{ a: 1 }], [{ b: 2 }, [3]], [4]])
})

it('passes over empty lines, and a last line that was cut off', async () => {
  expect(await read('\n1\n\r\n\n', '{"cut')).toEqual([[1]])
})

it('refuses what is not JSON', async () => {
  await expect(read('<html>\n')).rejects.toThrow(SyntaxError)
})
