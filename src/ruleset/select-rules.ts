import { PacketproofError } from '../errors.ts'
import { type Chain, findTable, type Ruleset, rulesOf } from './model.ts'
import { isEveryAddress, normalizeAddress } from './normalize-address.ts'
import { normalizeProtocol } from './normalize-protocol.ts'
import type { Negatable } from './parse-spec.ts'
import type { Rule } from './rule.ts'

/**
 * Which rules are meant: all that is given must hold. A text must be equal, a RegExp must match. A text for an address,
 * interface or protocol may begin with `!` for a negated match; `0.0.0.0/0` or `::/0` is a rule without that match.
 */
export interface RuleSelector {
  readonly table?: string
  readonly chain?: string | RegExp
  /** The target of `-j` or `-g`. */
  readonly target?: string | RegExp
  /** Holds for any comment of the rule. */
  readonly comment?: string | RegExp
  /** Compared by meaning: `10.0.0.1` and `10.0.0.1/32` are equal. */
  readonly source?: string
  readonly destination?: string
  /** Name or number. */
  readonly protocol?: string
  readonly inInterface?: string
  readonly outInterface?: string
  /** A match module, for instance `set`. */
  readonly match?: string
  /** Found in the rule's text after the chain. */
  readonly specIncludes?: string | readonly string[]
}

/** The rules that the selector describes, in the order of the ruleset. */
export function selectRules(ruleset: Ruleset, selector: RuleSelector): Rule[] {
  return [...rulesOf(ruleset)].filter((rule) => ruleMatches(rule, selector))
}

/**
 * The one rule that the selector describes.
 * @throws PacketproofError E_RULESET when there is none or more than one; the message shows what there is instead.
 */
export function selectRule(ruleset: Ruleset, selector: RuleSelector): Rule {
  const [rule, ...others] = selectRules(ruleset, selector)
  if (rule !== undefined && others.length === 0) return rule
  const count = rule === undefined ? 'no rule' : `${others.length + 1} rules`
  const shown = rule === undefined ? nearRules(ruleset, selector) : [rule, ...others]
  const list = shown.slice(0, 10).map(({ table, text }) => `\n  ${table}: ${text}`)
  const title = rule === undefined && shown.length > 0 ? '; the rules there are' : ''
  throw new PacketproofError(
    'E_RULESET',
    `${ruleset.source}: ${count} with ${describeSelector(selector)}, expected exactly one${title}${list.join('')}`,
  )
}

export function ruleMatches(rule: Rule, selector: RuleSelector): boolean {
  const { table, chain, target, comment, match, specIncludes } = selector
  if (table !== undefined && rule.table !== table) return false
  if (chain !== undefined && !textMatches(chain, rule.chain)) return false
  if (specIncludes !== undefined && ![specIncludes].flat().every((part) => rule.spec.includes(part))) return false
  if (target !== undefined && (rule.target === undefined || !textMatches(target, rule.target))) return false
  if (comment !== undefined && !rule.comments.some((text) => textMatches(comment, text))) return false
  if (match !== undefined && !rule.matches.some(({ module }) => module === match)) return false
  return (
    fieldMatches(selector.source, rule.source, normalizeAddress) &&
    fieldMatches(selector.destination, rule.destination, normalizeAddress) &&
    fieldMatches(selector.protocol, rule.protocol, normalizeProtocol) &&
    fieldMatches(selector.inInterface, rule.inInterface) &&
    fieldMatches(selector.outInterface, rule.outInterface)
  )
}

/** The selector in words, for messages: `table nat, chain /^KUBE/`. */
export function describeSelector(selector: RuleSelector): string {
  const parts = Object.entries(selector).filter(([, value]) => value !== undefined)
  return parts.length === 0 ? 'anything' : parts.map(([name, value]) => `${name} ${String(value)}`).join(', ')
}

export interface OwnedNames {
  /** Names of the chains that a component makes. */
  readonly chains: RegExp | readonly string[]
  /** For rules that it adds to chains of others without a chain of its own as the target. */
  readonly comments?: RegExp
}

export interface OwnedRules {
  readonly chains: readonly Chain[]
  /** Rules in other chains that jump or go to an owned chain, or carry an owned comment. */
  readonly jumps: readonly Rule[]
  /** Both the jumps and the rules of the owned chains. */
  readonly rules: readonly Rule[]
}

/** What a component has in the ruleset: its chains and what leads to them. All empty means it left nothing behind. */
export function ownedBy(ruleset: Ruleset, names: OwnedNames): OwnedRules {
  const isOwned = (name: string): boolean =>
    names.chains instanceof RegExp ? textMatches(names.chains, name) : names.chains.includes(name)
  const chains = ruleset.tables.flatMap((table) => table.chains.filter(({ name }) => isOwned(name)))
  const { comments } = names
  const jumps = [...rulesOf(ruleset)].filter(
    (rule) =>
      !isOwned(rule.chain) &&
      ((rule.target !== undefined && isOwned(rule.target)) ||
        (comments !== undefined && rule.comments.some((text) => textMatches(comments, text)))),
  )
  return { chains, jumps, rules: [...jumps, ...chains.flatMap(({ rules }) => rules)] }
}

function nearRules(ruleset: Ruleset, { table, chain }: RuleSelector): readonly Rule[] {
  const inTable = table === undefined ? ruleset.tables : [findTable(ruleset, table) ?? []].flat()
  return inTable
    .flatMap(({ chains }) => chains)
    .filter(({ name }) => chain === undefined || textMatches(chain, name))
    .flatMap(({ rules }) => rules)
}

/** A RegExp with the flags g or y keeps a position between calls; `search` does not. */
function textMatches(expected: string | RegExp, text: string): boolean {
  return typeof expected === 'string' ? expected === text : text.search(expected) >= 0
}

function fieldMatches(
  expected: string | undefined,
  actual: Negatable | undefined,
  normalize: (text: string) => string = (text) => text,
): boolean {
  if (expected === undefined) return true
  const negated = expected.startsWith('!')
  const wanted = normalize(negated ? expected.slice(1).trim() : expected)
  if (actual === undefined) return !negated && (isEveryAddress(wanted) || wanted === '0' || wanted === '+')
  return actual.negated === negated && normalize(actual.value) === wanted
}
