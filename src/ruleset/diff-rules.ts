import { chainPairs } from './delta.ts'
import type { Ruleset } from './model.ts'
import { pairRules } from './pair-rules.ts'
import type { Rule } from './rule.ts'

export interface ChainDiff {
  readonly table: string
  readonly chain: string
  /** The chain itself is in both, or only in one. */
  readonly presence: 'both' | 'only-first' | 'only-second'
  readonly policies?: readonly [first: string, second: string]
  readonly onlyFirst: readonly Rule[]
  readonly onlySecond: readonly Rule[]
  /** In both, in another order. */
  readonly moved: readonly Rule[]
}

/**
 * How two rulesets differ in meaning, counters aside: one entry per chain that differs, so empty when they are equal. Works
 * between the legacy and the nft variant, between versions, and between a payload and what iptables-save made of it.
 * @param only compare just these chains, for instance those a component owns.
 */
export function diffRules(
  first: Ruleset,
  second: Ruleset,
  only: (table: string, chain: string) => boolean = () => true,
): ChainDiff[] {
  const diffs: ChainDiff[] = []
  for (const { table, chain, old, now } of chainPairs(first, second)) {
    if (!only(table, chain)) continue
    const pairs = pairRules(old?.rules ?? [], now?.rules ?? [])
    const onlyFirst = pairs.flatMap(({ before, after }) =>
      after === undefined && before !== undefined ? [before] : [],
    )
    const onlySecond = pairs.flatMap(({ before, after }) =>
      before === undefined && after !== undefined ? [after] : [],
    )
    const moved = pairs.flatMap((pair) => (pair.moved && pair.after !== undefined ? [pair.after] : []))
    const policies = old?.policy !== now?.policy && old !== undefined && now !== undefined
    const presence = old === undefined ? 'only-second' : now === undefined ? 'only-first' : 'both'
    if (presence === 'both' && !policies && onlyFirst.length + onlySecond.length + moved.length === 0) continue
    diffs.push({
      table,
      chain,
      presence,
      ...(policies ? { policies: [old.policy ?? '-', now.policy ?? '-'] as const } : {}),
      onlyFirst,
      onlySecond,
      moved,
    })
  }
  return diffs
}
