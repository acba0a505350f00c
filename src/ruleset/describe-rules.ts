import { knownTargets } from './known-options.ts'
import type { Chain, Ruleset, Table } from './model.ts'
import { parseRuleset } from './parse-ruleset.ts'
import type { Rule } from './rule.ts'

export interface DescribeRulesOptions {
  readonly format?: 'text' | 'json'
}

/** The JSON form of a described ruleset; fields are only ever added. */
export interface RulesetDescription {
  readonly source: string
  readonly warnings: readonly string[]
  readonly tables: readonly TableDescription[]
}

export interface TableDescription {
  readonly name: string
  readonly chains: readonly ChainDescription[]
  /** User chains that no rule leads to. */
  readonly unusedChains: readonly string[]
  /** Jumps to what is neither a chain of the table nor a known target. */
  readonly missingChains: readonly { readonly chain: string; readonly from: string; readonly line: number }[]
}

export interface ChainDescription {
  readonly name: string
  readonly policy: string | null
  readonly packets: number
  readonly bytes: number
  /** How many rules jump or go here. */
  readonly references: number
  readonly rules: readonly RuleDescription[]
}

export interface RuleDescription {
  /** From 1, as `iptables -L --line-numbers` counts. */
  readonly number: number
  readonly line: number
  readonly packets: number | null
  readonly bytes: number | null
  readonly target: string | null
  readonly comment: string | null
  readonly spec: string
}

/**
 * Describes an iptables-save output for people (aligned text) or for programs (JSON, a `RulesetDescription`).
 * @throws PacketproofError E_RULESET when the text is not a whole ruleset.
 */
export function describeRules(text: string, sourceName: string, options: DescribeRulesOptions = {}): string {
  const description = describe(parseRuleset(text, { source: sourceName }))
  return options.format === 'json' ? `${JSON.stringify(description, null, 2)}\n` : textOf(description)
}

function describe({ source, warnings, tables }: Ruleset): RulesetDescription {
  return { source, warnings, tables: tables.map(describeTable) }
}

function describeTable({ name, chains }: Table): TableDescription {
  const references = new Map<string, number>()
  const missingChains: { chain: string; from: string; line: number }[] = []
  const names = new Set(chains.map((chain) => chain.name))
  for (const chain of chains) {
    for (const { target, goto, line } of chain.rules) {
      if (target === undefined) continue
      references.set(target, (references.get(target) ?? 0) + 1)
      if (!names.has(target) && (goto || !knownTargets.has(target))) {
        missingChains.push({ chain: target, from: chain.name, line })
      }
    }
  }
  const unused = chains.filter((chain) => chain.policy === undefined && !references.has(chain.name))
  return {
    name,
    chains: chains.map((chain) => describeChain(chain, references.get(chain.name) ?? 0)),
    unusedChains: unused.map((chain) => chain.name),
    missingChains,
  }
}

function describeChain({ name, policy, counters, rules }: Chain, references: number): ChainDescription {
  return { name, policy: policy ?? null, ...counters, references, rules: rules.map(describeRule) }
}

function describeRule({ index, line, counters, target, comment, spec }: Rule): RuleDescription {
  const packets = counters?.packets ?? null
  const bytes = counters?.bytes ?? null
  return { number: index + 1, line, packets, bytes, target: target ?? null, comment: comment ?? null, spec }
}

function textOf({ source, warnings, tables }: RulesetDescription): string {
  const lines = warnings.map((warning) => (warning.startsWith('Warning') ? warning : `Warning: ${warning}`))
  if (tables.length === 0) lines.push(`${source}: no tables`)
  for (const table of tables) {
    const rules = table.chains.reduce((sum, chain) => sum + chain.rules.length, 0)
    if (lines.length > 0) lines.push('')
    lines.push(`table ${table.name}: ${count(table.chains.length, 'chain')}, ${count(rules, 'rule')}`)
    for (const chain of table.chains) lines.push('', ...chainLines(chain))
    if (table.unusedChains.length > 0) lines.push('', `  unused: ${table.unusedChains.join(', ')}`)
    for (const { chain, from, line } of table.missingChains) {
      lines.push(
        '',
        `  missing: ${from} jumps to ${chain}, which is neither a chain of this table nor a known target (line ${line})`,
      )
    }
  }
  return `${lines.join('\n')}\n`
}

function chainLines({ name, policy, packets, bytes, references, rules }: ChainDescription): string[] {
  const kind =
    policy === null
      ? count(references, 'reference')
      : `policy ${policy}, ${count(packets, 'packet')}, ${count(bytes, 'byte')}`
  const cells = rules.map((rule) => [
    String(rule.number),
    rule.packets === null ? '-' : String(rule.packets),
    rule.bytes === null ? '-' : String(rule.bytes),
    rule.spec === '' ? '(any packet, no target)' : rule.spec,
  ])
  const titles = ['#', 'packets', 'bytes', 'rule']
  const widths = titles.map((title, column) =>
    cells.reduce((most, row) => Math.max(most, (row[column] ?? '').length), title.length),
  )
  const rows = cells.length === 0 ? [] : [titles, ...cells]
  return [
    `  ${name} (${kind})`,
    ...rows.map((row) => {
      const numbers = row.slice(0, 3).map((cell, column) => cell.padStart(widths[column] ?? 0))
      return `    ${numbers.join('  ')}  ${row[3] ?? ''}`
    }),
  ]
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}
