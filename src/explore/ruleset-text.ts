import { deltaOf } from '../ruleset/delta.ts'
import type { Chain, Ruleset } from '../ruleset/model.ts'
import type { Rule } from '../ruleset/rule.ts'
import type { RulesetPart } from './owned-part.ts'

/** A ruleset with its counters, chain by chain. */
export function rulesetText(ruleset: Ruleset, part: RulesetPart): string {
  const tables = ruleset.tables
    .map(({ name, chains }) => ({ name, chains: chains.filter(part.includesChain) }))
    .filter(({ chains }) => chains.length > 0)
  if (tables.length === 0) return 'no rules\n'
  return (
    tables
      .map(({ name, chains }) => [`table ${name}`, ...chains.flatMap((chain) => chainLines(chain, part))].join('\n'))
      .join('\n\n') + '\n'
  )
}

function chainLines({ name, policy, counters, rules }: Chain, part: RulesetPart): string[] {
  const kind = policy === undefined ? '' : ` (policy ${policy}, ${counters.packets} packets, ${counters.bytes} bytes)`
  return [`  ${name}${kind}`, ...rules.filter(part.includesRule).map(ruleLine)]
}

function ruleLine({ index, counters, spec }: Rule): string {
  const [packets, bytes] = [counters?.packets ?? '-', counters?.bytes ?? '-'].map((value) => String(value).padStart(8))
  return `    ${String(index + 1).padStart(3)} ${packets} ${bytes}  ${spec === '' ? '(any packet, no target)' : spec}`
}

/** What changed between two listings, a line for each rule: counted, added, removed, moved, or a chain rewritten. */
export function changeLines(before: Ruleset, after: Ruleset, includes: (rule: Rule) => boolean): string[] {
  const delta = deltaOf(before, after)
  const rules = delta.rules.flatMap((change) => {
    const rule = change.after ?? change.before
    if (rule === undefined || !includes(rule)) return []
    const what = describe(change.change, change.packets ?? 0, change.bytes ?? 0)
    return what === '' ? [] : [`${change.table} ${change.chain} ${rule.index + 1}  ${what}  ${rule.spec}`]
  })
  const policies = delta.policies
    .filter(({ packets }) => (packets ?? 0) > 0)
    .map(
      ({ table, chain, policy, packets, bytes }) =>
        `${table} ${chain} policy ${policy}  ${describe('same', packets ?? 0, bytes ?? 0)}`,
    )
  const voids = delta.voids.map(({ table, chain, reason }) => `${table} ${chain}  ~ ${reason}`)
  return [...voids, ...rules, ...policies]
}

function describe(change: 'same' | 'added' | 'removed' | 'moved', packets: number, bytes: number): string {
  const counted = packets > 0 ? `+${packets} packet${packets === 1 ? '' : 's'} +${bytes} bytes` : ''
  if (change === 'same') return counted
  return [change === 'added' ? '+ added' : change === 'removed' ? '- removed' : '~ moved', counted]
    .filter(Boolean)
    .join(' ')
}
