/** One argument of a rule. */
export interface Token {
  readonly value: string
  /** Written in double quotes: such a token is never an option. */
  readonly quoted: boolean
}

/** A double quote was opened and not closed. */
export class UnbalancedQuote extends Error {}

/**
 * Splits a rule the way iptables-restore does (xshared.c, `add_param_to_argv`): blanks separate, double quotes group and
 * their end also ends the argument, a backslash escapes within quotes only, single quotes mean nothing.
 */
export function splitTokens(text: string): Token[] {
  // most rules have no quotes
  if (!text.includes('"'))
    return text.split(/[ \t]+/).flatMap((value) => (value === '' ? [] : [{ value, quoted: false }]))
  const tokens: Token[] = []
  let value = ''
  let inQuotes = false
  let escaped = false
  for (const char of text) {
    if (inQuotes) {
      if (escaped || (char !== '\\' && char !== '"')) {
        value += char
        escaped = false
      } else if (char === '\\') {
        escaped = true
      } else {
        tokens.push({ value, quoted: true })
        value = ''
        inQuotes = false
      }
    } else if (char === '"') {
      inQuotes = true
    } else if (char !== ' ' && char !== '\t') {
      value += char
    } else if (value !== '') {
      tokens.push({ value, quoted: false })
      value = ''
    }
  }
  if (inQuotes) throw new UnbalancedQuote()
  if (value !== '') tokens.push({ value, quoted: false })
  return tokens
}

/** Whether every double quote that is opened is closed; cheaper than splitting. */
export function hasBalancedQuotes(text: string): boolean {
  let inQuotes = false
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) {
    if (inQuotes && isEscaped(text, at)) continue
    inQuotes = !inQuotes
  }
  return !inQuotes
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(at - 1 - backslashes) === 92) backslashes += 1
  return backslashes % 2 === 1
}

/** Writes free text as iptables does (xtables.c, `xtables_save_string`): bare when it is one word of `[-_0-9A-Za-z]`. */
export function quoteText(value: string): string {
  return /^[-_0-9A-Za-z]+$/.test(value) ? value : `"${value.replace(/["'\\]/g, '\\$&')}"`
}
