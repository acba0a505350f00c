import type { Rule, Ruleset, RulesetWindow } from '../../src/index.ts'
import { rulesOfChain } from './chains.ts'

/** What a chain's rules counted in a window, first to last, as `3 packets, 180 bytes`. */
export function countsOf(window: RulesetWindow, chain: string): readonly string[] {
  return rulesOfChain(window.after, chain).map((rule) => countOf(window, rule))
}

/** What one rule of the later listing counted in the window. */
export function countOf(window: RulesetWindow, rule: Rule | undefined): string {
  const delta = window.delta.rules.find(({ after }) => after === rule)
  if (rule === undefined || delta === undefined) return 'no such rule'
  return delta.packets === undefined ? `void: ${delta.void ?? 'not counted'}` : text(delta.packets, delta.bytes ?? 0)
}

/** The packets that a rule of the later listing counted in the window; NaN where that can not be said. */
export function packetsOf(window: RulesetWindow, rule: Rule | undefined): number {
  return window.delta.rules.find(({ after }) => after === rule)?.packets ?? Number.NaN
}

/** The counters of a rule as they stand. */
export function countersText(rule: Rule | undefined): string {
  return rule?.counters === undefined ? 'no such rule' : text(rule.counters.packets, rule.counters.bytes)
}

/** `3 packets, 180 bytes`: SYNs of Linux, which have 60 bytes each. */
export function synCount(packets: number): string {
  return text(packets, packets * 60)
}

/** The one rule of a chain whose specification has this in it. */
export function ruleWith(ruleset: Ruleset, chain: string, part: string): Rule | undefined {
  return rulesOfChain(ruleset, chain).find(({ spec }) => spec.includes(part))
}

function text(packets: number, bytes: number): string {
  return `${packets} packets, ${bytes} bytes`
}
