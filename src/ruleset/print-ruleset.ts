import type { Ruleset } from './model.ts'
import type { Rule } from './rule.ts'
import { quoteText, type Token } from './tokens.ts'

/**
 * The ruleset as text: exactly the text it was parsed from, whether iptables-save or a person wrote it (blanks, comments,
 * carriage returns and the presence of the last newline included).
 */
export function printRuleset(ruleset: Ruleset): string {
  const text = ruleset.lines.map((line) => line.text).join('\n')
  return ruleset.endsWithNewline ? `${text}\n` : text
}

/**
 * `-A CHAIN …` with the tokens spaced and quoted as iptables-save does. For a rule of an iptables-save output this is the
 * rule's own text; for one written by hand the options keep their order (`identity` is what does not depend on it).
 */
export function printRule(rule: Rule): string {
  return ['-A', rule.chain, ...rule.tokens.map(printToken)].join(' ')
}

function printToken(token: Token): string {
  if (!token.quoted) return token.value
  return /^[-_0-9A-Za-z]+$/.test(token.value) ? token.value : quoteText(token.value)
}
