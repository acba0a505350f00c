/**
 * Tells what a command wrote from what its wrapper says in between. A line of the wrapper begins with the mark, wherever that stands, and
 * ends with a line feed.
 */
export class MarkedStream {
  readonly #mark: Buffer
  readonly #onData: (chunk: Buffer) => void
  readonly #onWord: (words: readonly string[]) => void
  #held: Buffer = Buffer.alloc(0)

  constructor(mark: string, onData: (chunk: Buffer) => void, onWord: (words: readonly string[]) => void) {
    this.#mark = Buffer.from(mark)
    this.#onData = onData
    this.#onWord = onWord
  }

  push(chunk: Buffer): void {
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    for (let at = rest.indexOf(this.#mark); at >= 0; at = rest.indexOf(this.#mark)) {
      this.#emit(rest.subarray(0, at))
      const end = rest.indexOf(0x0a, at)
      if (end < 0) {
        this.#held = rest.subarray(at)
        return
      }
      const line = rest.subarray(at + this.#mark.length, end).toString()
      rest = rest.subarray(end + 1)
      this.#onWord(line.trim().split(' '))
    }
    const kept = this.#beginningOfMark(rest)
    this.#emit(rest.subarray(0, rest.length - kept))
    this.#held = rest.subarray(rest.length - kept)
  }

  /** What was held back because it could have been the beginning of a mark. */
  flush(): void {
    this.#emit(this.#held)
    this.#held = Buffer.alloc(0)
  }

  /** How many bytes at the end may be the beginning of a mark. */
  #beginningOfMark(data: Buffer): number {
    for (let length = Math.min(this.#mark.length - 1, data.length); length > 0; length--) {
      if (data.subarray(data.length - length).equals(this.#mark.subarray(0, length))) return length
    }
    return 0
  }

  #emit(data: Buffer): void {
    if (data.length > 0) this.#onData(data)
  }
}
