import type { Ownership } from '../components/component.ts'
import type { Chain, Ruleset } from '../ruleset/model.ts'
import type { Rule } from '../ruleset/rule.ts'
import { ownedBy } from '../ruleset/select-rules.ts'

/** What of a ruleset is to be shown. */
export interface RulesetPart {
  readonly includesChain: (chain: Chain) => boolean
  readonly includesRule: (rule: Rule) => boolean
}

export const everything: RulesetPart = { includesChain: () => true, includesRule: () => true }

/** A component's chains, and the rules of other chains that lead to them. */
export function ownedPart(ruleset: Ruleset, { chains }: Pick<Ownership, 'chains'>): RulesetPart {
  const owned = ownedBy(ruleset, { chains })
  const rules = new Set(owned.rules)
  const named = new Set(chains)
  return {
    includesChain: (chain) => named.has(chain.name) || chain.rules.some((rule) => rules.has(rule)),
    includesRule: (rule) => rules.has(rule),
  }
}
