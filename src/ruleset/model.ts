import type { Rule } from './rule.ts'

/**
 * Packets and bytes. The kernel counts in 64 bits; here a number is exact up to 2^53 - 1 (nine petabytes).
 * Printing does not go through numbers and is always exact.
 */
export interface Counters {
  readonly packets: number
  readonly bytes: number
}

export interface Chain {
  readonly kind: 'chain'
  readonly table: string
  readonly name: string
  /** Only built-in chains have one. */
  readonly policy?: string
  readonly counters: Counters
  readonly rules: readonly Rule[]
  /** False when a restore payload appends to a chain that it does not declare (`--noflush`). */
  readonly declared: boolean
  /** The line as written. */
  readonly text: string
  readonly line: number
}

/** A command other than `-A`, as restore payloads have them: `-N`, `-I`, `-D`, `-F`, `-X`, `-P`, … Kept, not applied. */
export interface Command {
  readonly kind: 'command'
  readonly verb: string
  readonly chain?: string
  readonly text: string
  readonly line: number
}

/** A comment, a blank line, `*table` or `COMMIT`. */
export interface Note {
  readonly kind: 'note'
  readonly text: string
}

export interface Table {
  readonly name: string
  /** In the order of the file. */
  readonly chains: readonly Chain[]
  readonly commands: readonly Command[]
}

/** A parsed `iptables-save` (or ip6tables-save) output, or an iptables-restore payload. */
export interface Ruleset {
  /** What the text came from: a file name, or a host and a command. For messages. */
  readonly source: string
  /** In the order of the file. */
  readonly tables: readonly Table[]
  /** `# Warning: …` and `# Table … is incompatible …` lines: there may be rules that this listing does not show. */
  readonly warnings: readonly string[]
  /** All lines in order; what printing prints. */
  readonly lines: readonly (Chain | Rule | Command | Note)[]
  /** What ends a line: a carriage return is kept within the line's text. */
  readonly endsWithNewline: boolean
}

export function findTable(ruleset: Ruleset, table: string): Table | undefined {
  return ruleset.tables.find(({ name }) => name === table)
}

export function findChain(ruleset: Ruleset, table: string, chain: string): Chain | undefined {
  return findTable(ruleset, table)?.chains.find(({ name }) => name === chain)
}

export function* rulesOf(ruleset: Ruleset): Generator<Rule> {
  for (const table of ruleset.tables) for (const chain of table.chains) yield* chain.rules
}
