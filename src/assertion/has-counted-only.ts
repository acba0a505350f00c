import type { Judged } from '../evidence/judged.ts'
import type { RulesetWindow } from '../evidence/ruleset-window.ts'
import { rulesOf } from '../ruleset/model.ts'
import { parseRuleset } from '../ruleset/parse-ruleset.ts'

/**
 * Of all rules of a table, these counted so many packets in the window, and no other counted any. Rules are compared by what they mean.
 * @param expected rules as `-A CHAIN …`, with how many packets each is to have counted
 */
export function hasCountedOnly(
  window: RulesetWindow,
  table: string,
  expected: readonly { readonly rule: string; readonly packets: number }[],
): Judged {
  const common = {
    expected: expected.map(({ rule, packets }) => `+${packets} ${rule}`).join('\n') || 'no rule counts anything',
    evidence: [window.evidenceId],
  }
  const voided = window.delta.voids.find((chain) => chain.table === table)
  if (voided !== undefined) {
    const reason = `the counters of ${voided.chain} on ${window.host} are void: ${voided.reason}`
    return { ...common, pass: false, observed: reason, problem: reason }
  }
  const counted = window.delta.rules.filter((rule) => rule.table === table && (rule.packets ?? 0) !== 0)
  const wanted = new Map(expected.map(({ rule, packets }) => [identityOf(table, rule), packets]))
  const isAsWanted = counted.every(({ after, packets }) => wanted.get(after?.identity ?? '') === packets)
  return {
    ...common,
    pass: isAsWanted && counted.length === wanted.size,
    observed:
      counted.map(({ chain, after, packets }) => `+${packets ?? 0} -A ${chain} ${after?.spec ?? ''}`).join('\n') ||
      'no rule counted anything',
  }
}

function identityOf(table: string, rule: string): string {
  const chain = rule.split(' ')[1] ?? ''
  const text = `*${table}\n:${chain} - [0:0]\n${rule}\nCOMMIT\n`
  return [...rulesOf(parseRuleset(text, { source: 'what is expected' }))][0]?.identity ?? ''
}
