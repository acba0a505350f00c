import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import type { Rule } from '../../ruleset/rule.ts'

export type IpFamily = 4 | 6

export const guardChain = 'FORWARD'
export const guardFamilies = [4, 6] as const

/** Names of the sets: of the nodes' addresses, and of the pods' CIDRs, which exists only where the rule needs it. */
export const setNames = {
  4: { nodes: 'cluster_nodes', pods: 'cluster_pods' },
  6: { nodes: 'cluster_nodes6', pods: 'cluster_pods6' },
} as const

export interface GuardRuleOptions {
  readonly family: IpFamily
  readonly inInterface: string
  /** Spare what belongs to a connection that exists: nothing above the rule accepts it. */
  readonly spareEstablished: boolean
  /** Spare what comes from the pods' CIDRs: nothing above the rule accepts it. */
  readonly sparePods: boolean
}

/**
 * The rule after `-A FORWARD`, as iptables takes it. It only ever rejects: what it spares meets the rules after it, so
 * nothing is accepted that was not before.
 */
export function guardSpec({ family, inInterface, spareEstablished, sparePods }: GuardRuleOptions): string {
  const { nodes, pods } = setNames[family]
  return [
    `-i ${inInterface}`,
    ...(spareEstablished ? ['-m conntrack ! --ctstate RELATED,ESTABLISHED'] : []),
    `-m set ! --match-set ${nodes} src`,
    ...(sparePods ? [`-m set ! --match-set ${pods} src`] : []),
    '-j REJECT',
  ].join(' ')
}

/** Whether a rule is a guard, whatever its interface and its other conditions: it rejects what is not of the nodes' set. */
export function isGuard(rule: Rule, family: IpFamily): boolean {
  if (rule.chain !== guardChain || rule.target !== 'REJECT') return false
  return rule.matches.some(({ options }) =>
    options.some(
      ({ name, negated, values }) => name === 'match-set' && negated && values[0] === setNames[family].nodes,
    ),
  )
}

/** Equal for two ways to write the same rule, so a rule as listed can be compared with one as made. */
export function identityOfSpec(spec: string): string {
  const text = `*filter\n-A ${guardChain} ${spec}\nCOMMIT\n`
  return parseRuleset(text, { format: 'restore' }).tables[0]?.chains[0]?.rules[0]?.identity ?? ''
}
