import { identityOf, meaningOf } from './identity.ts'
import type { Counters } from './model.ts'
import { type Negatable, type ParsedSpec, parseSpec, type RuleMatch, type RuleOption } from './parse-spec.ts'
import { splitTokens, type Token } from './tokens.ts'

export interface RulePlace {
  readonly table: string
  readonly chain: string
  /** Position in its chain, from 0. */
  readonly index: number
  /** Line of the file, from 1. */
  readonly line: number
}

/**
 * One rule. The text is kept as it was read; tokens, matches and identity are worked out when they are first asked for,
 * because a large ruleset is mostly rules that nobody looks at.
 */
export class Rule implements RulePlace {
  readonly kind = 'rule'
  readonly table: string
  readonly chain: string
  readonly index: number
  readonly line: number
  /** The line as written, counters included. */
  readonly text: string
  /** The rule without counters, `-A` and chain: `-s 10.0.0.0/8 -j RETURN`. Empty when it matches all and does nothing. */
  readonly spec: string
  /** Absent when the listing was made without `-c`. */
  readonly counters: Counters | undefined

  private parsedSpec: ParsedSpec | undefined
  private identityText: string | undefined

  constructor(place: RulePlace, text: string, spec: string, counters: Counters | undefined) {
    this.table = place.table
    this.chain = place.chain
    this.index = place.index
    this.line = place.line
    this.text = text
    this.spec = spec
    this.counters = counters
  }

  get tokens(): readonly Token[] {
    return splitTokens(this.spec)
  }

  /**
   * The same for two rules that mean the same, however their options are ordered or written: `TABLE CHAIN MEANING`.
   * Duplicates share it.
   */
  get identity(): string {
    this.identityText ??= `${this.table} ${this.chain} ${identityOf(this.parsed)}`
    return this.identityText
  }

  /** Every match with its options, in order; those of a module that is not known here too. */
  get matches(): readonly RuleMatch[] {
    return this.parsed.matches
  }
  /** As written, for instance `10.0.0.1/32`. */
  get source(): Negatable | undefined {
    return this.parsed.source
  }
  get destination(): Negatable | undefined {
    return this.parsed.destination
  }
  get protocol(): Negatable | undefined {
    return this.parsed.protocol
  }
  get inInterface(): Negatable | undefined {
    return this.parsed.inInterface
  }
  get outInterface(): Negatable | undefined {
    return this.parsed.outInterface
  }
  /** All comments of the rule, in order; most have one. */
  get comments(): readonly string[] {
    return this.matches.filter(({ module }) => module === 'comment').flatMap((match) => valuesOf(match.options))
  }
  /** The first comment. */
  get comment(): string | undefined {
    return this.comments[0]
  }
  get target(): string | undefined {
    return this.parsed.target
  }
  get targetOptions(): readonly RuleOption[] {
    return this.parsed.targetOptions
  }
  /** True for `-g`: the target chain does not return here. */
  get goto(): boolean {
    return this.parsed.goto
  }

  /** The parts of what the rule means, by name: `destination`, `match comment`, `jump`, … */
  get meaning(): ReadonlyMap<string, string> {
    return meaningOf(this.parsed)
  }

  private get parsed(): ParsedSpec {
    this.parsedSpec ??= parseSpec(this.tokens)
    return this.parsedSpec
  }
}

function valuesOf(options: readonly RuleOption[]): string[] {
  return options.flatMap(({ values }) => values)
}
