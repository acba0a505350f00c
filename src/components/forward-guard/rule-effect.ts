import type { Cidr } from '../../../helpers/cidr.ts'
import { findChain, type Ruleset } from '../../ruleset/model.ts'
import type { Rule } from '../../ruleset/rule.ts'
import {
  destinationCovers,
  entersBy,
  type GuardedTraffic,
  isOfCluster,
  leavesBy,
  podSourcesIn,
  sourceOf,
} from './guarded-traffic.ts'
import { hasOnlyKnownConditions, isServiceAccept, namesSources, type State, statesOf } from './rule-states.ts'

/** What a rule of FORWARD, with the chains that it leads to, does to the guarded traffic. */
export interface RuleEffect {
  /** May accept new packets to pods from anyone: the guard has to stand above it. */
  readonly opens: boolean
  /** Accepts these packets whatever else they are: `ESTABLISHED` and `RELATED` spare connections that exist. */
  readonly keeps: ReadonlySet<State>
  /** Accepts new packets that come from all of these pod CIDRs. */
  readonly keepsSources: readonly Cidr[]
  /** Accepts new packets from sources that somebody named and that are no part of the cluster. */
  readonly admits: boolean
  /** No guarded packet gets beyond it. */
  readonly ends: boolean
}

const nothing: RuleEffect = { opens: false, keeps: new Set(), keepsSources: [], admits: false, ends: false }

/** Works out the effects of rules, reading each chain once. */
export class RuleEffects {
  readonly #ruleset: Ruleset
  readonly #traffic: GuardedTraffic
  readonly #accepted: RuleEffect
  readonly #chains = new Map<string, RuleEffect>()

  constructor(ruleset: Ruleset, traffic: GuardedTraffic) {
    this.#ruleset = ruleset
    this.#traffic = traffic
    const keeps = new Set<State>(['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'])
    this.#accepted = { opens: true, keeps, keepsSources: traffic.podCidrs, admits: false, ends: true }
  }

  of(rule: Rule): RuleEffect {
    const { target } = rule
    if (target === undefined) return nothing
    if (!this.#mayMatch(rule)) return nothing
    if (target === 'DROP' || target === 'REJECT') return { ...nothing, ends: this.#matchesAll(rule) }
    const inner = target === 'ACCEPT' ? this.#accepted : this.#chain(target)
    if (inner === nothing) return nothing
    const states = statesOf(rule)
    const isNew = states.has('NEW')
    const named = sourceOf(rule.source, this.#traffic) === 'chosen' || namesSources(rule)
    const isService = isServiceAccept(rule)
    const sure = this.#matchesAllBut(rule)
    return {
      opens: inner.opens && isNew && !named && !isService,
      keeps: new Set(sure && rule.source === undefined ? [...inner.keeps].filter((state) => states.has(state)) : []),
      keepsSources:
        sure && states.has('NEW')
          ? podSourcesIn(rule.source, this.#traffic).filter((cidr) => inner.keepsSources.includes(cidr))
          : [],
      admits:
        (inner.admits || (inner.opens && named)) && isNew && !isService && !isOfCluster(rule.source, this.#traffic),
      ends: inner.ends && this.#matchesAll(rule),
    }
  }

  #chain(name: string): RuleEffect {
    const known = this.#chains.get(name)
    if (known !== undefined) return known
    // A chain that leads to itself, which no kernel takes, ends here.
    this.#chains.set(name, nothing)
    const effect = this.#walk(findChain(this.#ruleset, 'filter', name)?.rules ?? [])
    this.#chains.set(name, effect)
    return effect
  }

  #walk(rules: readonly Rule[]): RuleEffect {
    const keeps = new Set<State>()
    const keepsSources: Cidr[] = []
    let [opens, admits, ends, sure] = [false, false, false, true]
    for (const rule of rules) {
      if (rule.target === 'RETURN' || rule.goto) sure &&= !this.#mayMatch(rule)
      const effect = this.of(rule)
      opens ||= effect.opens
      admits ||= effect.admits
      if (sure) {
        for (const state of effect.keeps) keeps.add(state)
        keepsSources.push(...effect.keepsSources)
      }
      ends = effect.ends
      if (ends || (rule.target === 'RETURN' && this.#matchesAll(rule))) break
    }
    return opens || admits || ends || keeps.size + keepsSources.length > 0
      ? { opens, keeps, keepsSources, admits, ends }
      : nothing
  }

  #mayMatch(rule: Rule): boolean {
    return (
      entersBy(rule.inInterface, this.#traffic.inInterface) &&
      leavesBy(rule.outInterface) !== 'never' &&
      destinationCovers(rule.destination, this.#traffic) !== 'none'
    )
  }

  /** No condition but a source and a connection state, which the caller weighs. */
  #matchesAllBut(rule: Rule): boolean {
    return (
      this.#mayMatch(rule) &&
      leavesBy(rule.outInterface) === 'always' &&
      destinationCovers(rule.destination, this.#traffic) === 'all' &&
      hasOnlyKnownConditions(rule)
    )
  }

  #matchesAll(rule: Rule): boolean {
    return this.#matchesAllBut(rule) && !rule.meaning.has('source') && !rule.meaning.has('match conntrack')
  }
}
