import type { Readable } from 'node:stream'
import type { LogOptions } from '../api/types.ts'

interface LogLine {
  /** Since the epoch, in microseconds. */
  readonly atMicros: number
  /** With its newline, where there was one. */
  readonly text: Buffer
}

export type LogReadOptions = Omit<LogOptions, 'previous'>

/** A kubelet rotates at 10 MiB and shows the newest file only. */
const maximumBytes = 10 * 1024 * 1024

/** Longer lines are recorded in parts, as containerd does. */
const longestLineBytes = 16 * 1024

/**
 * The output of one container instance, line by line, standard output and error interleaved as they came. Bounded: the oldest
 * lines go first. A line is recorded once it is complete, or when the stream ends.
 */
export class LogBuffer {
  #lines: LogLine[] = []
  /** Index in the whole log of `#lines[0]`. */
  #firstIndex = 0
  #bytes = 0
  #openStreams = 0
  readonly #waiting = new Set<() => void>()

  /** Records what the stream yields until it ends. */
  capture(stream: Readable): void {
    this.#openStreams += 1
    let rest: Buffer | undefined
    stream.on('data', (chunk: Buffer) => {
      rest = this.#appendLines(rest === undefined ? chunk : Buffer.concat([rest, chunk]))
    })
    stream.once('close', () => {
      if (rest !== undefined) this.#append(rest)
      this.#openStreams -= 1
      this.#wake()
    })
    stream.on('error', () => stream.destroy())
  }

  get ended(): boolean {
    return this.#openStreams === 0
  }

  async *read(options: LogReadOptions): AsyncGenerator<Buffer> {
    const sinceMicros =
      options.sinceSeconds === undefined ? Number.NEGATIVE_INFINITY : nowMicros() - options.sinceSeconds * 1_000_000
    let index = this.#firstIndex
    if (options.tailLines !== undefined) index = Math.max(index, this.#nextIndex - options.tailLines)
    let budget = options.limitBytes ?? Number.POSITIVE_INFINITY
    while (!options.signal.aborted && budget > 0) {
      const lines = this.#lines.slice(Math.max(0, index - this.#firstIndex))
      index = this.#nextIndex
      const wanted = lines.filter(({ atMicros }) => atMicros >= sinceMicros)
      if (wanted.length > 0) {
        const data = Buffer.concat(wanted.flatMap((line) => render(line, options.timestamps)))
        yield data.subarray(0, budget)
        budget -= data.length
      }
      if (index < this.#nextIndex) continue
      if (!options.follow || this.ended) return
      await this.#changed(options.signal)
    }
  }

  get #nextIndex(): number {
    return this.#firstIndex + this.#lines.length
  }

  /** Returns what follows the last newline. */
  #appendLines(data: Buffer): Buffer | undefined {
    let start = 0
    for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, start)) {
      this.#append(data.subarray(start, end + 1))
      start = end + 1
    }
    if (data.length - start >= longestLineBytes) {
      this.#append(data.subarray(start))
      start = data.length
    }
    if (start > 0) this.#wake()
    return start < data.length ? data.subarray(start) : undefined
  }

  #append(text: Buffer): void {
    this.#lines.push({ atMicros: nowMicros(), text })
    this.#bytes += text.length
    if (this.#bytes <= maximumBytes) return
    let dropped = 0
    // Down to nine tenths, so that a chatty container does not shift the array at every line.
    while (this.#bytes > maximumBytes * 0.9 && dropped < this.#lines.length - 1) {
      this.#bytes -= this.#lines[dropped]?.text.length ?? 0
      dropped += 1
    }
    this.#lines.splice(0, dropped)
    this.#firstIndex += dropped
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
  }

  async #changed(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#waiting.add(done)
      signal.addEventListener('abort', done, { once: true })
    })
  }
}

function render(line: LogLine, timestamps: boolean): Buffer[] {
  if (!timestamps) return [line.text]
  const seconds = new Date(line.atMicros / 1000).toISOString().slice(0, 19)
  const nanos = `${String(Math.floor(line.atMicros % 1_000_000)).padStart(6, '0')}000`
  return [Buffer.from(`${seconds}.${nanos}Z `), line.text]
}

function nowMicros(): number {
  return Math.floor((performance.timeOrigin + performance.now()) * 1000)
}
