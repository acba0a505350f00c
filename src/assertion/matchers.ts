import type { Captured } from '../evidence/captured-window.ts'
import type { Judged } from '../evidence/judged.ts'
import type { RulesetWindow } from '../evidence/ruleset-window.ts'
import type { PacketFilter } from '../packet/match.ts'
import type { Outcome, ProbeResult } from '../probe/outcome.ts'
import type { Ruleset } from '../ruleset/model.ts'
import type { RuleSelector } from '../ruleset/select-rules.ts'
import { containsNoPackets, containsPackets, type PacketCount } from './contains-packets.ts'
import { hasCounted } from './has-counted.ts'
import { hasOutcome } from './has-outcome.ts'
import { listsRules } from './lists-rules.ts'

/** What `expect.extend` of vitest and Jest takes: the protocol is the same. */
export interface MatcherResult {
  readonly pass: boolean
  message(): string
}

/**
 * The scenarios' assertions as matchers for `expect`: `expect.extend(packetproofMatchers)`. A capture that is not complete, a void
 * counter sample or a probe that could not run fails `expect(…)` and `expect(…).not` alike: it shows nothing, either way.
 */
export const packetproofMatchers = {
  toContainPackets(this: MatcherState, captured: Captured, filter: PacketFilter, count?: PacketCount): MatcherResult {
    return this.isNot ? negated(containsNoPackets(captured, filter)) : result(containsPackets(captured, filter, count))
  },
  toHaveOutcome(this: MatcherState, probe: ProbeResult, outcome: Outcome): MatcherResult {
    return decided(this, hasOutcome(probe, outcome))
  },
  toHaveCounted(this: MatcherState, window: RulesetWindow, selector: RuleSelector, packets: number): MatcherResult {
    return decided(this, hasCounted(window, selector, packets))
  },
  toListRules(
    this: MatcherState,
    ruleset: Ruleset,
    where: { readonly table: string; readonly chain: string },
    expected: readonly string[],
  ): MatcherResult {
    return decided(this, listsRules(ruleset, where.table, where.chain, expected))
  },
}

interface MatcherState {
  readonly isNot: boolean
}

function decided(state: MatcherState, judged: Judged): MatcherResult {
  if (judged.problem === undefined) return result(judged)
  return { pass: state.isNot, message: () => textOf(judged) }
}

function result(judged: Judged): MatcherResult {
  return { pass: judged.pass && judged.problem === undefined, message: () => textOf(judged) }
}

/** `judged` says that there are none, so what `not` wants is that it holds. */
function negated(judged: Judged): MatcherResult {
  return { pass: !judged.pass || judged.problem !== undefined, message: () => textOf(judged) }
}

function textOf({ expected, observed, problem }: Judged): string {
  const lines = [`expected: ${expected}`, `observed: ${observed}`]
  return [...lines, ...(problem === undefined ? [] : [`but this shows nothing: ${problem}`])].join('\n')
}
