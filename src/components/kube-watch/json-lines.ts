/** The values of a stream of JSON lines, those of each chunk together; a last line without its end is dropped. @throws SyntaxError */
export async function* readJsonLines<T>(chunks: AsyncIterable<string>): AsyncGenerator<readonly T[]> {
  let begun: string[] = []
  for await (const chunk of chunks) {
    const lines = chunk.split('\n')
    const last = lines.pop() ?? ''
    if (lines.length > 0) {
      lines[0] = begun.join('') + (lines[0] ?? '')
      begun = []
      const values = lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as T)
      if (values.length > 0) yield values
    }
    begun.push(last)
  }
}
