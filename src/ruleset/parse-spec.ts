import { freeTextOptions, implicitMatch, matchOptionNames, targetOptionNames } from './known-options.ts'
import type { Token } from './tokens.ts'

export interface Negatable {
  readonly value: string
  readonly negated: boolean
}

export interface RuleOption {
  /** Without dashes: `dport`. */
  readonly name: string
  readonly negated: boolean
  readonly values: readonly string[]
}

export interface RuleMatch {
  /** For instance `comment`; an empty string when no module claims the options. */
  readonly module: string
  readonly options: readonly RuleOption[]
}

export interface ParsedSpec {
  readonly matches: readonly RuleMatch[]
  readonly source?: Negatable
  readonly destination?: Negatable
  readonly protocol?: Negatable
  readonly inInterface?: Negatable
  readonly outInterface?: Negatable
  /** `-f`: second and further fragments. */
  readonly fragment?: Negatable
  readonly target?: string
  readonly targetOptions: readonly RuleOption[]
  readonly goto: boolean
}

type Field = 'source' | 'destination' | 'protocol' | 'inInterface' | 'outInterface'

const generalOptions: Readonly<Record<string, Field | 'match' | 'jump' | 'goto' | 'fragment' | 'counters' | 'family'>> =
  {
    s: 'source',
    source: 'source',
    src: 'source',
    d: 'destination',
    destination: 'destination',
    dst: 'destination',
    p: 'protocol',
    protocol: 'protocol',
    proto: 'protocol',
    i: 'inInterface',
    'in-interface': 'inInterface',
    o: 'outInterface',
    'out-interface': 'outInterface',
    m: 'match',
    match: 'match',
    j: 'jump',
    jump: 'jump',
    g: 'goto',
    goto: 'goto',
    f: 'fragment',
    fragment: 'fragment',
    c: 'counters',
    'set-counters': 'counters',
    '4': 'family',
    ipv4: 'family',
    '6': 'family',
    ipv6: 'family',
  }

interface Building {
  matches: { module: string; options: RuleOption[] }[]
  fields: Partial<Record<Field | 'fragment', Negatable>>
  target: string | undefined
  targetOptions: RuleOption[]
  goto: boolean
  /** The target came after the last `-m`. */
  targetIsLatest: boolean
}

/** Gives every token its place. Never fails: what is not known is kept as an option of the module (or target) before it. */
export function parseSpec(tokens: readonly Token[]): ParsedSpec {
  const rule: Building = {
    matches: [],
    fields: {},
    target: undefined,
    targetOptions: [],
    goto: false,
    targetIsLatest: false,
  }
  let at = 0
  while (at < tokens.length) {
    let negated = false
    if (isBang(tokens[at])) {
      negated = true
      at += 1
    }
    const name = optionName(tokens[at])
    at += 1
    if (name === undefined) {
      // a stray word: iptables would refuse it, but it must not make two rules look the same
      const stray = tokens[at - 1]?.value
      if (stray !== undefined) addOption(rule, { name: '', negated, values: [stray] })
      continue
    }
    const general = generalOptions[name]
    if (general === undefined) {
      const end = endOfValues(tokens, at, name)
      const values = tokens.slice(at, end)
      // before iptables 1.4.3 the negation stood between option and value
      const inner = isBang(values[0])
      addOption(rule, {
        name,
        negated: negated || inner,
        values: values.slice(inner ? 1 : 0).map(({ value }) => value),
      })
      at = end
    } else if (general === 'fragment') {
      rule.fields.fragment = { value: 'fragment', negated }
    } else if (general === 'counters') {
      at += 2
    } else if (general !== 'family') {
      if (isBang(tokens[at])) {
        negated = true
        at += 1
      }
      setGeneral(rule, general, tokens[at]?.value ?? '', negated)
      at += 1
    }
  }
  const { matches, fields, target, targetOptions, goto } = rule
  return { matches, ...fields, ...(target === undefined ? {} : { target }), targetOptions, goto }
}

function setGeneral(rule: Building, general: Field | 'match' | 'jump' | 'goto', value: string, negated: boolean): void {
  if (general === 'match') {
    rule.matches.push({ module: value, options: [] })
    rule.targetIsLatest = false
  } else if (general === 'jump' || general === 'goto') {
    rule.target = value
    rule.goto = general === 'goto'
    rule.targetIsLatest = true
  } else {
    rule.fields[general] = { value, negated }
  }
}

function addOption(rule: Building, option: RuleOption): void {
  if (rule.target !== undefined && targetOptionNames.get(rule.target)?.has(option.name) === true) {
    rule.targetOptions.push(option)
    return
  }
  const latest = rule.matches.at(-1)
  if (latest !== undefined && !rule.targetIsLatest && mayHave(latest.module, option.name)) {
    latest.options.push(option)
    return
  }
  const owner = rule.matches.findLast(({ module }) => matchOptionNames.get(module)?.has(option.name) === true)
  const implied = implicitMatch.get(rule.fields.protocol?.value.toLowerCase() ?? '')
  if (owner !== undefined) owner.options.push(option)
  else if (implied !== undefined && matchOptionNames.get(implied)?.has(option.name) === true) {
    rule.matches.push({ module: implied, options: [option] })
  } else if (rule.targetIsLatest) rule.targetOptions.push(option)
  else if (latest !== undefined) latest.options.push(option)
  else rule.matches.push({ module: implied ?? '', options: [option] })
}

/** A module that is not in the table may have any option. */
function mayHave(module: string, option: string): boolean {
  return matchOptionNames.get(module)?.has(option) ?? true
}

function endOfValues(tokens: readonly Token[], start: number, name: string): number {
  if (freeTextOptions.has(name) && start < tokens.length) {
    return isBang(tokens[start]) && tokens.length > start + 1 && optionName(tokens[start + 1]) === undefined
      ? start + 2
      : start + 1
  }
  let end = start
  while (end < tokens.length && optionName(tokens[end]) === undefined) {
    if (isBang(tokens[end]) && (end > start || optionName(tokens[end + 1]) !== undefined)) break
    end += 1
  }
  return end
}

function isBang(token: Token | undefined): boolean {
  return token?.value === '!' && !token.quoted
}

/** `-m` and `--match` name an option; `-1` is a number. */
function optionName(token: Token | undefined): string | undefined {
  if (token === undefined || token.quoted) return undefined
  return /^--?([A-Za-z46][\w.-]*)$/.exec(token.value)?.[1]
}
