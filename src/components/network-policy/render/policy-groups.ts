import { createHash } from 'node:crypto'
import type { ConvertedPolicy, Direction } from '../convert/policy-types.ts'
import type { Dialect } from '../dialect.ts'
import { chainName } from '../names/hashes.ts'
import { canonicalText, type Selector } from '../selector/selector.ts'
import { sourceText } from '../selector/source-text.ts'
import { giveBack, isAnySet, isClear, jumpTo } from './actions.ts'
import type { FelixChain, FelixRule } from './felix-rule.ts'

const prefixes = {
  ingress: { policy: 'cali-pi-', group: 'cali-gi-' },
  egress: { policy: 'cali-po-', group: 'cali-go-' },
}

/** Policies that follow each other and are about the same pods: one alone is jumped to, several by way of a chain of their own. */
export interface PolicyGroup {
  readonly chain: string
  readonly policies: readonly ConvertedPolicy[]
}

export function policyChainName(policy: ConvertedPolicy, direction: Direction): string {
  return chainName(prefixes[direction].policy, policy.id)
}

/** @param policies that are about the direction, in the order of their names. */
export function groupPolicies(
  policies: readonly ConvertedPolicy[],
  direction: Direction,
  dialect: Dialect,
): PolicyGroup[] {
  const runs: ConvertedPolicy[][] = []
  for (const policy of policies) {
    const last = runs.at(-1)
    const isSame = last?.[0] !== undefined && canonicalText(last[0].selector) === canonicalText(policy.selector)
    if (dialect.groupsPolicies && isSame) last?.push(policy)
    else runs.push([policy])
  }
  return runs.map((run) => ({ chain: groupChainName(run, direction), policies: run }))
}

function groupChainName(policies: readonly ConvertedPolicy[], direction: Direction): string {
  const [only] = policies
  if (only !== undefined && policies.length === 1) return policyChainName(only, direction)
  const lines = [
    only === undefined ? '' : wordsOf(only.selector),
    direction === 'ingress' ? 'inbound' : 'outbound',
    String(policies.length),
    ...policies.map(({ name, namespace }) => `{Name: ${name}, Namespace: ${namespace}, Kind: KubernetesNetworkPolicy}`),
  ]
  const content = lines.map((line) => `${line}\n`).join('')
  return `${prefixes[direction].group}${createHash('sha3-224').update(content).digest('base64url')}`.slice(0, 28)
}

/** The selector as Calico's conversion words it, of which a group's name is made: what the policy says, and its namespace. */
function wordsOf(selector: Selector): string {
  if (selector.kind !== 'and') return sourceText(selector)
  const own = selector.terms.slice(0, -1).map(sourceText).join(' && ')
  return `(${own}) && ${selector.terms.slice(-1).map(sourceText).join('')}`
}

/** Looking at the marks after every policy would cost as much as the policies. */
const policiesPerLook = 5

/** The chain of a group of several. */
export function groupChain({ chain, policies }: PolicyGroup, direction: Direction, { marks }: Dialect): FelixChain {
  const verdict = marks.accept | marks.pass
  const rules = policies.flatMap((policy, index): FelixRule[] => {
    const action = jumpTo(policyChainName(policy, direction))
    if (index % policiesPerLook !== 0) return [{ match: isClear(verdict), action }]
    if (index === 0) return [{ action }]
    return [{ comments: ['Return on verdict'], match: isAnySet(verdict), action: giveBack }, { action }]
  })
  return { name: chain, rules }
}
