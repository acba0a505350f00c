import { PacketproofError } from '../../errors.ts'
import { findChain, type Ruleset } from '../../ruleset/model.ts'
import type { Rule } from '../../ruleset/rule.ts'
import { type GuardRuleOptions, guardChain, type IpFamily, isGuard } from './guard-rule.ts'
import { destinationCovers, type GuardedTraffic, podSourcesIn } from './guarded-traffic.ts'
import { type RuleEffect, RuleEffects } from './rule-effect.ts'
import { hasOnlyKnownConditions } from './rule-states.ts'

/** Where the guard belongs among the rules of FORWARD, and what it has to spare by itself there. */
export interface GuardPosition extends Pick<GuardRuleOptions, 'spareEstablished' | 'sparePods'> {
  /** How many of the other rules stand above it; its number in a listing is one more. */
  readonly index: number
  /** In words: what it stands after and before, and why it spares what it spares. */
  readonly reasons: readonly string[]
  /** What the guard does not see at this place, or what else a reader should know. */
  readonly warnings: readonly string[]
  /** Whether a rule with these exemptions would also do its work with that many of the other rules above it. */
  readonly fitsAt: (index: number) => boolean
}

/**
 * Finds the guard's place by what the rules mean: above the first rule that may accept new packets to pods from anyone who
 * sends them to the interface, and as low as that allows, so below the accepts of established traffic and of pods as the
 * source. What nothing above it accepts, the guard spares itself. Guards that are there already do not count.
 * @throws PacketproofError E_RULESET when the rules contradict each other, showing them.
 */
export function findGuardPosition(ruleset: Ruleset, family: IpFamily, traffic: GuardedTraffic): GuardPosition {
  const chain = findChain(ruleset, 'filter', guardChain)
  const rules = (chain?.rules ?? []).filter((rule) => !isGuard(rule, family))
  const effects = new RuleEffects(ruleset, traffic)
  const seen: RuleEffect[] = []
  for (const rule of rules) {
    const effect = effects.of(rule)
    if (effect.opens || effect.ends) break
    seen.push(effect)
  }
  const index = seen.length
  const opener = rules[index]
  if (opener !== undefined) refuseContradiction(ruleset.source, rules, index, traffic)
  const lacks = (above: number): { established: boolean; pods: boolean } => {
    const ahead = seen.slice(0, above)
    const keeps = (state: 'ESTABLISHED' | 'RELATED'): boolean => ahead.some((effect) => effect.keeps.has(state))
    return {
      established: !keeps('ESTABLISHED') || !keeps('RELATED'),
      pods: traffic.podCidrs.some((cidr) => !ahead.some((effect) => effect.keepsSources.includes(cidr))),
    }
  }
  const { established: spareEstablished, pods: sparePods } = lacks(index)
  return {
    index,
    spareEstablished,
    sparePods,
    reasons: [
      placeInWords(rules, seen, opener, chain?.policy),
      ...(spareEstablished
        ? ['no rule above accepts all RELATED and ESTABLISHED packets, so the guard spares them itself']
        : []),
      ...(sparePods ? ['no rule above accepts the pod CIDRs as the source, so the guard spares them itself'] : []),
    ],
    warnings: rules.slice(0, index).flatMap((rule, at) => (seen[at]?.admits ? [admission(rule, at)] : [])),
    fitsAt: (above) => {
      const missing = lacks(above)
      return above <= index && (spareEstablished || !missing.established) && (sparePods || !missing.pods)
    },
  }
}

function placeInWords(
  rules: readonly Rule[],
  seen: readonly RuleEffect[],
  opener: Rule | undefined,
  policy: string | undefined,
): string {
  const established = seen.findLastIndex(({ keeps }) => keeps.has('ESTABLISHED'))
  const source = seen.findLastIndex(({ keepsSources, keeps }) => keepsSources.length > 0 && !keeps.has('NEW'))
  const after = [
    ...(established < 0 ? [] : [`after the accept of established traffic (${numbered(rules, established)})`]),
    ...(source < 0 ? [] : [`after the accept of pods as the source (${numbered(rules, source)})`]),
  ]
  const last =
    policy === 'ACCEPT' ? 'the policy accepts the rest' : `nothing else accepts it, policy ${policy ?? 'unknown'}`
  const before =
    opener === undefined
      ? `at the end of FORWARD (${last})`
      : `before ${describeOpener(opener)} (${numbered(rules, seen.length)})`
  return [...after, before].join(', ')
}

function describeOpener(opener: Rule): string {
  if (opener.target === 'DROP' || opener.target === 'REJECT') return 'the rule that ends the chain'
  if (opener.comments.includes('Policy explicitly accepted packet.')) return "the accept of Calico's mark"
  if (opener.target !== 'ACCEPT') return `the chain ${opener.target ?? ''}, which may accept new traffic to pods`
  return opener.destination === undefined ? 'an accept of new traffic to pods' : 'the accept of pods as the destination'
}

function refuseContradiction(source: string, rules: readonly Rule[], at: number, traffic: GuardedTraffic): void {
  const opener = rules[at]
  if (opener?.target !== 'ACCEPT' || opener.destination === undefined || !hasOnlyKnownConditions(opener)) return
  const below = rules.findIndex(
    (rule, index) =>
      index > at &&
      rule.target === 'ACCEPT' &&
      rule.source !== undefined &&
      podSourcesIn(rule.source, traffic).length > 0 &&
      destinationCovers(rule.destination, traffic) === 'all',
  )
  if (below < 0) return
  throw new PacketproofError(
    'E_RULESET',
    `${source}: FORWARD accepts pods as the destination above pods as the source, so there is no place between them for the guard:` +
      `\n  ${at + 1}: ${opener.text}\n  ${below + 1}: ${rules[below]?.text ?? ''}`,
    {
      hint: 'let the accept of the source come first, or delete it: without one, the guard spares the pod CIDRs itself',
    },
  )
}

function admission(rule: Rule, at: number): string {
  return `rule ${at + 1} lets sources of its choice reach pods before the guard: ${rule.text}`
}

function numbered(rules: readonly Rule[], index: number): string {
  const rule = rules[index]
  return `rule ${index + 1}: ${rule === undefined ? '' : rule.spec}`
}
