import type { Chain, Counters, Ruleset } from './model.ts'
import { pairRules, type RulePair } from './pair-rules.ts'
import type { Rule } from './rule.ts'

/** What happened to a counter. A void one has no numbers: it cannot be told what was counted in between. */
export type CounterDelta =
  | { readonly packets: number; readonly bytes: number; readonly void?: undefined }
  | { readonly packets?: undefined; readonly bytes?: undefined; readonly void: string }

export type RuleDelta = CounterDelta & {
  readonly table: string
  readonly chain: string
  readonly change: 'same' | 'added' | 'removed' | 'moved'
  readonly before?: Rule
  readonly after?: Rule
}

export type PolicyDelta = CounterDelta & {
  readonly table: string
  readonly chain: string
  readonly policy: string
}

export interface VoidChain {
  readonly table: string
  readonly chain: string
  readonly reason: string
}

export interface RulesetDelta {
  readonly rules: readonly RuleDelta[]
  /** Of the built-in chains of the second listing. */
  readonly policies: readonly PolicyDelta[]
  readonly added: readonly Rule[]
  readonly removed: readonly Rule[]
  readonly moved: readonly Rule[]
  /** Chains whose rules' counters say nothing, and why: take both listings again. (A policy says it of itself.) */
  readonly voids: readonly VoidChain[]
}

/**
 * Counters between two listings made with `-c`, rule by rule, whatever the rules' positions. A chain is void when a counter
 * of it fell or its rules changed in between, because then somebody rewrote it and what it had counted is lost.
 * A rewrite that leaves the same rules, after which a counter grew beyond its old value, cannot be seen in listings.
 * @param rewritten the chains that are known to have been written anew (`rewrittenChains`)
 */
export function deltaOf(before: Ruleset, after: Ruleset, rewritten: ReadonlySet<string> = new Set()): RulesetDelta {
  const rules: RuleDelta[] = []
  const policies: PolicyDelta[] = []
  const voids: VoidChain[] = []
  for (const { table, chain, old, now } of chainPairs(before, after)) {
    const pairs = pairRules(old?.rules ?? [], now?.rules ?? [])
    const isRewritten = rewritten.has(chain)
    const reason = voidReason(old, now, pairs) ?? (isRewritten ? 'the chain was rewritten in between' : undefined)
    if (reason !== undefined) voids.push({ table, chain, reason })
    for (const pair of pairs) rules.push(ruleDelta(table, chain, pair, reason))
    if (now?.policy !== undefined) {
      const policyReason = reason ?? policyVoidReason(old, now)
      policies.push({ table, chain, policy: now.policy, ...difference(old?.counters, now.counters, policyReason) })
    }
  }
  const of = (change: RuleDelta['change']): Rule[] =>
    rules.filter((rule) => rule.change === change).flatMap((rule) => rule.after ?? rule.before ?? [])
  return { rules, policies, added: of('added'), removed: of('removed'), moved: of('moved'), voids }
}

interface ChainPair {
  readonly table: string
  readonly chain: string
  readonly old: Chain | undefined
  readonly now: Chain | undefined
}

/** The chains of both, those of `after` first. */
export function chainPairs(before: Ruleset, after: Ruleset): ChainPair[] {
  const pairs = new Map<string, { table: string; chain: string; old: Chain | undefined; now: Chain | undefined }>()
  for (const chain of chainsOf(after)) {
    pairs.set(`${chain.table} ${chain.name}`, { table: chain.table, chain: chain.name, old: undefined, now: chain })
  }
  for (const chain of chainsOf(before)) {
    const pair = pairs.get(`${chain.table} ${chain.name}`)
    if (pair !== undefined) pair.old = chain
    else
      pairs.set(`${chain.table} ${chain.name}`, { table: chain.table, chain: chain.name, old: chain, now: undefined })
  }
  return [...pairs.values()]
}

function chainsOf(ruleset: Ruleset): Chain[] {
  return ruleset.tables.flatMap(({ chains }) => chains)
}

function ruleDelta(table: string, chain: string, pair: RulePair, reason: string | undefined): RuleDelta {
  const { before, after, moved } = pair
  let change: RuleDelta['change'] = moved ? 'moved' : 'same'
  if (before === undefined) change = 'added'
  else if (after === undefined) change = 'removed'
  return {
    table,
    chain,
    change,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...difference(before?.counters, after?.counters, reason),
  }
}

function difference(old: Counters | undefined, now: Counters | undefined, reason: string | undefined): CounterDelta {
  if (reason !== undefined) return { void: reason }
  if (old === undefined || now === undefined) return { void: 'there is only one reading' }
  return { packets: now.packets - old.packets, bytes: now.bytes - old.bytes }
}

function voidReason(old: Chain | undefined, now: Chain | undefined, pairs: readonly RulePair[]): string | undefined {
  if (old === undefined) return 'the chain was made in between'
  if (now === undefined) return 'the chain was deleted in between'
  const added = pairs.filter(({ before }) => before === undefined).length
  const removed = pairs.filter(({ after }) => after === undefined).length
  const moved = pairs.filter((pair) => pair.moved).length
  if (added + removed + moved > 0) {
    return `the chain's rules changed in between: ${added} added, ${removed} removed, ${moved} moved`
  }
  for (const { before, after } of pairs) {
    if (before?.counters === undefined || after?.counters === undefined)
      return 'a listing was made without counters (-c)'
    if (fell(before.counters, after.counters)) {
      return `a counter fell from ${show(before.counters)} to ${show(after.counters)}, so the chain was rewritten or zeroed: -A ${after.chain} ${after.spec}`
    }
  }
  return undefined
}

/** Apart from the rules: iptables-legacy-restore --noflush zeroes the policy counters of a table and keeps those of its rules. */
function policyVoidReason(old: Chain | undefined, now: Chain): string | undefined {
  if (old?.policy === undefined) return undefined
  if (old.policy !== now.policy) return `the policy changed from ${old.policy} to ${now.policy ?? '-'}`
  if (!fell(old.counters, now.counters)) return undefined
  return `the policy counter fell from ${show(old.counters)} to ${show(now.counters)}`
}

function fell(old: Counters, now: Counters): boolean {
  return now.packets < old.packets || now.bytes < old.bytes
}

function show({ packets, bytes }: Counters): string {
  return `[${packets}:${bytes}]`
}
