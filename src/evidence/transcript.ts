import { quote } from '../../helpers/quote.ts'
import type { ExecResult, Host } from '../cluster/host.ts'
import type { Evidence } from '../report/model.ts'

type TranscriptEntry = Extract<Evidence, { kind: 'transcript' }>['entries'][number]

const MAX_OUTPUT_CHARACTERS = 4000

/** Every command that ran on a host, in the order in which they ended. */
export class Transcript {
  readonly #startedAtMs: number
  readonly #entries: TranscriptEntry[] = []

  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs
  }

  get entries(): readonly TranscriptEntry[] {
    return this.#entries.toSorted((a, b) => a.atMs - b.atMs)
  }

  readonly observe = (host: Host, result: ExecResult): void => {
    this.#entries.push({
      host: host.name,
      atMs: result.startedAtMs - this.#startedAtMs,
      argv: [...result.argv],
      command: result.argv.map(quote).join(' '),
      exitCode: result.exitCode,
      ...(result.signal !== null && { signal: result.signal }),
      durationMs: result.durationMs,
      stdout: cut(result.stdout),
      stderr: cut(result.stderr),
    })
  }
}

function cut(text: string): string {
  if (text.length <= MAX_OUTPUT_CHARACTERS) return text
  return `${text.slice(0, MAX_OUTPUT_CHARACTERS)}\n… (${text.length - MAX_OUTPUT_CHARACTERS} more characters)`
}
