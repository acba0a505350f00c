import type { Judged } from '../evidence/judged.ts'
import { findChain, type Ruleset } from '../ruleset/model.ts'
import { parseRuleset } from '../ruleset/parse-ruleset.ts'
import type { Rule } from '../ruleset/rule.ts'
import { type RuleSelector, selectRules } from '../ruleset/select-rules.ts'

/**
 * The chain holds exactly these rules in this order, compared by what they mean.
 * @param expected rule specifications without `-A CHAIN`, for instance `-d 10.0.0.0/8 -j RETURN`
 */
export function listsRules(ruleset: Ruleset, table: string, chain: string, expected: readonly string[]): Judged {
  const found = findChain(ruleset, table, chain)
  if (found !== undefined) return rulesAre(found.rules, table, chain, expected)
  return { pass: false, expected: expected.join('\n'), observed: `no chain ${chain} in table ${table}` }
}

/** Of the rules of a chain, those that the selector describes are exactly these, in this order. */
export function listsSelectedRules(
  ruleset: Ruleset,
  selector: RuleSelector & { readonly table: string; readonly chain: string },
  expected: readonly string[],
): Judged {
  return rulesAre(selectRules(ruleset, selector), selector.table, selector.chain, expected)
}

function rulesAre(rules: readonly Rule[], table: string, chain: string, expected: readonly string[]): Judged {
  const wanted = parseChain(table, chain, expected)
  const pass = rules.length === wanted.length && rules.every((rule, at) => rule.identity === wanted[at]?.identity)
  return {
    pass,
    expected: expected.join('\n') || '(no rules)',
    observed: rules.map((rule) => rule.spec).join('\n') || '(no rules)',
  }
}

function parseChain(table: string, chain: string, specs: readonly string[]): readonly Rule[] {
  const lines = [`*${table}`, `:${chain} - [0:0]`, ...specs.map((spec) => `-A ${chain} ${spec}`), 'COMMIT', '']
  return findChain(parseRuleset(lines.join('\n'), { source: 'what is expected' }), table, chain)?.rules ?? []
}
