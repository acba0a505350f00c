import { type Ruleset, rulesOf } from '../../ruleset/model.ts'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import { printRuleset } from '../../ruleset/print-ruleset.ts'
import type { OptionValues } from '../option-values.ts'
import { outputWidth, printData, printJson } from '../output.ts'
import { readInput } from '../read-input.ts'
import { textTable } from '../text-table.ts'

/** `packetproof rules FILE`: an iptables-save listing as a table of rules, or as JSON. */
export async function rules(args: readonly string[], values: OptionValues): Promise<number> {
  const { content, source } = await readInput(args[0] ?? '-')
  const ruleset = parseRuleset(content.toString('utf8'), { source })
  for (const warning of ruleset.warnings) process.stderr.write(`warning: ${warning}\n`)
  if (values.text('format') === 'json') printJson(toJson(ruleset))
  else if (values.flag('verbose')) printData(printRuleset(ruleset))
  else printData(textTable(toRows(ruleset), outputWidth()))
  return 0
}

function toRows(ruleset: Ruleset): readonly (readonly string[])[] {
  const rows = [...rulesOf(ruleset)].map((rule) => [
    rule.table,
    rule.chain,
    String(rule.index + 1),
    String(rule.counters?.packets ?? '-'),
    String(rule.counters?.bytes ?? '-'),
    rule.spec,
  ])
  return [['TABLE', 'CHAIN', 'NUM', 'PACKETS', 'BYTES', 'RULE'], ...rows]
}

function toJson(ruleset: Ruleset): unknown {
  const tables = ruleset.tables.map((table) => ({
    name: table.name,
    chains: table.chains.map((chain) => ({
      name: chain.name,
      policy: chain.policy,
      counters: chain.counters,
      rules: chain.rules.map(({ index, line, spec, counters, identity }) => ({
        index,
        line,
        spec,
        counters,
        identity,
      })),
    })),
  }))
  return { source: ruleset.source, tables, warnings: ruleset.warnings }
}
