import { hasBalancedQuotes, splitTokens } from './tokens.ts'

const needsValue =
  /^-[sdpiomjg]$|^--(comment|dport|sport|to-ports|to-destination|to-source|match-set|mark|ctstate|dst-type)$/

/**
 * What shows that a rule is not whole, or undefined. Run on every line, so cheap for the lines that are fine: whether
 * the options mean anything is up to iptables.
 */
export function checkRuleSpec(spec: string): string | undefined {
  if (spec === '') return undefined
  const first = spec.charCodeAt(0)
  if (first !== 45 /* - */ && first !== 33 /* ! */) return 'expected an option (-s, -p, -m, -j, …) after the chain'
  if (!hasBalancedQuotes(spec))
    return 'a double quote is not closed: the line is cut, or a quote within a text lacks its backslash'
  // A chain's name may end with one, as those that are made of a hash do.
  if (spec.endsWith('-') && /(^| )--?$/.test(spec)) return 'the rule ends within an option: the line is cut'
  if (spec.endsWith('!')) return 'the rule ends after "!": the line is cut'
  // `-j` or `--dport` as the last word
  const lastBlank = spec.lastIndexOf(' ')
  if (spec.charCodeAt(lastBlank + 1) !== 45 || !needsValue.test(spec.slice(lastBlank + 1))) return undefined
  const tokens = splitTokens(spec)
  const last = tokens.at(-1)
  const before = tokens.at(-2)
  if (last === undefined || last.quoted || before?.value === '--comment') return undefined
  return `${last.value} has no value: the line is cut`
}
