import type { Judged } from '../evidence/judged.ts'
import type { RulesetWindow } from '../evidence/ruleset-window.ts'
import { describeSelector, type RuleSelector, ruleMatches } from '../ruleset/select-rules.ts'

/**
 * The rule counted exactly so many packets in the window (in the nat table: flows, because only the first packet of one
 * gets there). A chain that was rewritten in between makes the sample void: a problem, not a failure.
 */
export function hasCounted(window: RulesetWindow, selector: RuleSelector, packets: number): Judged {
  const rules = window.delta.rules.filter(({ before, after }) => {
    const rule = after ?? before
    return rule !== undefined && ruleMatches(rule, selector)
  })
  const common = {
    expected: `+${packets} on ${window.host}: ${describeSelector(selector)}`,
    evidence: [window.evidenceId],
  }
  const voided = rules.find((rule) => rule.void !== undefined)
  if (voided !== undefined) {
    const reason = `the counters of ${voided.chain} on ${window.host} are void: ${voided.void}`
    return { ...common, pass: false, observed: reason, problem: reason }
  }
  if (rules.length === 0) return { ...common, pass: false, observed: 'there is no such rule' }
  const sum = rules.reduce((total, rule) => total + (rule.packets ?? 0), 0)
  const named = rules.length === 1 ? '' : ` over ${rules.length} rules`
  return { ...common, pass: sum === packets, observed: `+${sum}${named}` }
}
