import { PacketproofError } from '../errors.ts'
import { parseDurationMs } from './parse-duration.ts'

/** What the command line and the environment say, by long option name. */
export class OptionValues {
  readonly #values: ReadonlyMap<string, readonly string[]>
  readonly #given: ReadonlySet<string>

  /**
   * Values as text, in the order given; a flag that is on has one empty text for each time it was given.
   * @param given the options that the command line names
   */
  constructor(values: ReadonlyMap<string, readonly string[]>, given: ReadonlySet<string> = new Set()) {
    this.#values = values
    this.#given = given
  }

  /** Whether the command line itself has the option: one from the environment may be meant for another run. */
  wasGiven(name: string): boolean {
    return this.#given.has(name)
  }

  list(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }

  text(name: string): string | undefined {
    return this.list(name).at(-1)
  }

  flag(name: string): boolean {
    return this.list(name).length > 0
  }

  count(name: string): number {
    return this.list(name).length
  }

  /** @throws PacketproofError E_USAGE */
  port(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const port = /^\d{1,5}$/.test(text) ? Number(text) : -1
    if (port >= 1 && port <= 65_535) return port
    throw new PacketproofError('E_USAGE', `--${name} "${text}": expected a TCP port from 1 to 65535`)
  }

  /** @throws PacketproofError E_USAGE */
  positive(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
    throw new PacketproofError('E_USAGE', `--${name} "${text}": expected a whole number above 0`)
  }

  /** @throws PacketproofError E_USAGE */
  durationMs(name: string): number | undefined {
    const text = this.text(name)
    return text === undefined ? undefined : parseDurationMs(text, `--${name}`)
  }
}
