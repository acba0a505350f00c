import type { Ruleset, Table } from '../../../ruleset/model.ts'
import { rulesOf } from '../../../ruleset/model.ts'
import { parseRuleset } from '../../../ruleset/parse-ruleset.ts'
import { type InitRule, isOwnChain, rulesOfTable, tablesOf } from './rule-builder.ts'

/**
 * What takes the rules away: jumps to own chains and rules that mean one of `known` out of the built-in chains, then the own chains
 * themselves, in whatever mode they were made. Rules of others stay.
 * @returns an empty text when there is nothing.
 */
export function renderCleanup(ruleset: Ruleset, known: readonly InitRule[]): string {
  const identities = new Set([...rulesOf(parseKnown(known))].map(({ identity }) => identity))
  return ruleset.tables.map((table) => renderTable(table, identities)).join('')
}

function renderTable(table: Table, identities: ReadonlySet<string>): string {
  const own = table.chains.filter(({ name }) => isOwnChain(name)).map(({ name }) => name)
  const deletions = table.chains
    .filter(({ name }) => !isOwnChain(name))
    .flatMap(({ name, rules }) =>
      rules
        .filter(({ target = '', identity }) => isOwnChain(target) || identities.has(identity))
        // By number from below, so that the numbers above stay right.
        .map(({ index }) => `-D ${name} ${index + 1}`)
        .reverse(),
    )
  const lines = [...deletions, ...own.map((name) => `-F ${name}`), ...own.map((name) => `-X ${name}`)]
  return lines.length === 0 ? '' : `*${table.name}\n${lines.join('\n')}\nCOMMIT\n`
}

/** Own chains go as a whole; so only what stands in built-in ones is to be known again. */
function parseKnown(known: readonly InitRule[]): Ruleset {
  const builtIn = known.filter(({ chain }) => !isOwnChain(chain))
  const text = tablesOf(builtIn).map((table) => {
    const rules = rulesOfTable(builtIn, table)
    const declarations = [...new Set(rules.map(({ chain }) => chain))].map((chain) => `:${chain} ACCEPT [0:0]`)
    const lines = rules.map(({ chain, spec }) => `-A ${chain} ${spec.join(' ')}`)
    return `*${table}\n${[...declarations, ...lines].join('\n')}\nCOMMIT\n`
  })
  return parseRuleset(text.join(''), { source: 'the rules of these flags', allowEmpty: true })
}
