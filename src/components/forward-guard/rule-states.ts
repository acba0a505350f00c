import type { Rule } from '../../ruleset/rule.ts'

/** A connection state as conntrack tells it of a packet. `DNAT` and `SNAT` are no states of packets sent straight to a pod. */
export type State = 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'UNTRACKED'

const allStates: readonly State[] = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED']

/** kube-proxy's mark for what came to a Service and is to be masqueraded; `--iptables-masquerade-bit` changes it. */
const serviceMark = 'mark=0x4000/0x4000'
const serviceComment = 'kubernetes forwarding rules'

/** The states of which a rule may match packets; all where its conntrack conditions are about more than states. */
export function statesOf(rule: Rule): ReadonlySet<State> {
  const condition = stateCondition(rule)
  if (condition === undefined) return new Set(allStates)
  const { states, negated } = condition
  return new Set(allStates.filter((state) => states.includes(state) !== negated))
}

/** Whether the rule has no condition but its source, destination, interfaces and connection state. */
export function hasOnlyKnownConditions(rule: Rule): boolean {
  const known = /^(source|destination|in|out|jump|goto|target options|match (comment|conntrack))$/
  const { meaning } = rule
  return (
    [...meaning.keys()].every((key) => known.test(key)) &&
    meaning.has('match conntrack') === (stateCondition(rule) !== undefined)
  )
}

/** kube-proxy accepts what a Service's rules let in: it was not sent straight to a pod. */
export function isServiceAccept(rule: Rule): boolean {
  return (
    rule.meaning.get('match mark') === serviceMark ||
    (rule.comments.includes(serviceComment) && rule.meaning.has('match mark'))
  )
}

/** A set or a range names sources as `-s` does. */
export function namesSources(rule: Rule): boolean {
  return rule.matches.some(({ options }) =>
    options.some(({ name, negated, values }) => {
      if (name === 'match-set') return !negated && (values[1]?.split(',').includes('src') ?? false)
      return name === 'src-range' && !negated
    }),
  )
}

function stateCondition(rule: Rule): { states: readonly string[]; negated: boolean } | undefined {
  const text = rule.meaning.get('match conntrack') ?? ''
  const [, bang, states] = /^(!?)ctstate=([A-Z,]+)$/.exec(text) ?? []
  return states === undefined ? undefined : { states: states.split(','), negated: bang === '!' }
}
