import { type ChainDiff, diffRules } from '../../ruleset/diff-rules.ts'
import { findChain, findTable, type Ruleset } from '../../ruleset/model.ts'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import { isServiceChain } from './chain-names.ts'
import { type Jump, jumpsOf } from './jumps.ts'
import { staticChains } from './render-tables.ts'
import type { RuleTables, TableName } from './rule-tables.ts'

const tableNames = ['filter', 'nat'] as const

/** Every chain and rule as one `iptables-restore --noflush` payload, the jumps left out. */
export function printTables(tables: RuleTables): string {
  return tableNames
    .flatMap((table) => [
      `*${table}`,
      ...[...tables[table].keys()].map((chain) => `:${chain} - [0:0]`),
      ...[...tables[table]].flatMap(([chain, rules]) => rules.map((rule) => `-A ${chain} ${rule}`)),
      'COMMIT',
      '',
    ])
    .join('\n')
    .replaceAll('\n\n', '\n')
}

/**
 * The smallest `iptables-restore --noflush` payload that makes these tables of a ruleset of what is there: chains that differ are
 * written anew, those that nobody needs go, missing jumps are put first. Counters of all other rules stay.
 * @returns the empty text when there is nothing to do.
 */
export function planChanges(tables: RuleTables, current: Ruleset): string {
  const wanted = parseRuleset(printTables(tables), { format: 'restore', source: 'the rules that are wanted' })
  const isOurs = (table: string, chain: string): boolean =>
    tableNames.some((name) => name === table && (isServiceChain(chain) || tables[name].has(chain)))
  const differing = diffRules(wanted, current, isOurs)
  return tableNames.map((table) => planTable(table, tables, current, differing)).join('')
}

function planTable(table: TableName, tables: RuleTables, current: Ruleset, differing: readonly ChainDiff[]): string {
  const diffs = differing.filter((diff) => diff.table === table)
  const stale = diffs.filter(({ presence }) => presence === 'only-second').map(({ chain }) => chain)
  const changed = diffs.filter(({ presence }) => presence !== 'only-second').map(({ chain }) => chain)
  const jumps = jumpsOf(tables.filter.has('KUBE-FIREWALL')).filter((jump) => jump.table === table)
  const missing = missingJumps(jumps, current)
  if (stale.length + changed.length + missing.length === 0) return ''
  const lines = [
    `*${table}`,
    // A chain line empties the chain: one that goes must lose its jumps to others that go, first.
    ...[...changed, ...stale].map((chain) => `:${chain} - [0:0]`),
    ...changed.flatMap((chain) => (tables[table].get(chain) ?? []).map((rule) => `-A ${chain} ${rule}`)),
    ...missing.map(({ chain, rule }) => `-I ${chain} ${rule}`),
    ...stale.map((chain) => `-X ${chain}`),
    'COMMIT',
  ]
  return `${lines.join('\n')}\n`
}

function missingJumps(jumps: readonly Jump[], current: Ruleset): readonly Jump[] {
  return jumps.filter(({ table, chain, rule }) => {
    const text = `*${table}\n-A ${chain} ${rule}\nCOMMIT\n`
    const [wanted] = findChain(parseRuleset(text, { format: 'restore', source: 'a jump' }), table, chain)?.rules ?? []
    return findChain(current, table, chain)?.rules.some(({ identity }) => identity === wanted?.identity) !== true
  })
}

/** The payload that takes everything away that is, or could be, kube-proxy's; empty when there is nothing. */
export function planRemoval(current: Ruleset): string {
  return tableNames.map((table) => removeFrom(table, current)).join('')
}

function removeFrom(table: TableName, current: Ruleset): string {
  const chains = findTable(current, table)?.chains ?? []
  const known: ReadonlySet<string> = new Set(staticChains[table])
  const own = chains.filter(({ name }) => isServiceChain(name) || known.has(name)).map(({ name }) => name)
  const jumps = chains
    .filter(({ policy }) => policy !== undefined)
    .flatMap(({ rules }) => rules.filter(({ target }) => target !== undefined && own.includes(target)))
  if (own.length + jumps.length === 0) return ''
  const lines = [
    `*${table}`,
    ...jumps.map(({ chain, spec }) => `-D ${chain} ${spec}`),
    ...own.map((chain) => `:${chain} - [0:0]`),
    ...own.map((chain) => `-X ${chain}`),
    'COMMIT',
  ]
  return `${lines.join('\n')}\n`
}
