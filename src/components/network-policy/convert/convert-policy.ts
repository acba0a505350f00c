import type { V1NetworkPolicy, V1NetworkPolicyPeer, V1NetworkPolicyPort } from '@kubernetes/client-node'
import type { Dialect } from '../dialect.ts'
import { both, labelTerms, type Selector } from '../selector/selector.ts'
import type { ConvertedPolicy, PolicyRule } from './policy-types.ts'
import { groupPorts } from './ports.ts'

/** As the API's JSON has it: the client's models call the peers of ingress `_from`. */
type Allowance = {
  readonly ports?: readonly V1NetworkPolicyPort[]
  readonly from?: readonly V1NetworkPolicyPeer[]
  readonly _from?: readonly V1NetworkPolicyPeer[]
  readonly to?: readonly V1NetworkPolicyPeer[]
}

/** What Calico makes of a NetworkPolicy that the API has accepted. */
export function convertPolicy(policy: V1NetworkPolicy, dialect: Dialect): ConvertedPolicy {
  const { namespace = 'default', name = '' } = policy.metadata ?? {}
  const { podSelector, policyTypes, ingress = [], egress = [] } = policy.spec ?? {}
  // Without types: ingress always, egress when there is a rule for it.
  const byDefault = ['Ingress', ...(egress.length > 0 ? ['Egress'] : [])]
  const types = policyTypes !== undefined && policyTypes.length > 0 ? policyTypes : byDefault
  const convert = (rules: readonly Allowance[]): PolicyRule[] =>
    rules.flatMap((rule) => convertRule(rule, namespace, dialect))
  return {
    namespace,
    name,
    id: dialect.policyId(namespace, name),
    selector: both(...podTerms(podSelector ?? {}, dialect), namespaceTerm(namespace, dialect)),
    ...(types.includes('Ingress') && { ingress: convert(ingress) }),
    ...(types.includes('Egress') && { egress: convert(egress) }),
  }
}

/** One rule for each protocol and peer, protocol by protocol. */
function convertRule(rule: Allowance, namespace: string, dialect: Dialect): PolicyRule[] {
  const given = rule.from ?? rule._from ?? rule.to ?? []
  const peers: readonly (V1NetworkPolicyPeer | undefined)[] = given.length === 0 ? [undefined] : given
  const ports = groupPorts(rule.ports ?? [])
  const allowances = ports.length === 0 ? [undefined] : ports
  return allowances.flatMap((allowance) =>
    peers.map((peer) => ({
      ...(allowance !== undefined && { protocol: allowance.protocol }),
      ...(peer !== undefined && convertPeer(peer, namespace, dialect)),
      ports: allowance?.ranges ?? [],
      namedPorts: allowance?.names ?? [],
    })),
  )
}

function convertPeer(
  { podSelector, namespaceSelector, ipBlock }: V1NetworkPolicyPeer,
  namespace: string,
  dialect: Dialect,
): Pick<PolicyRule, 'peers' | 'nets' | 'notNets'> {
  if (ipBlock !== undefined) {
    const { cidr, except = [] } = ipBlock
    return { nets: [cidr], ...(except.length > 0 && { notNets: except }) }
  }
  const pods = both(...podTerms(podSelector ?? {}, dialect))
  const where =
    namespaceSelector === undefined
      ? namespaceTerm(namespace, dialect)
      : namespacesSelected(labelTerms(namespaceSelector, dialect.labelKeys.namespaceLabelPrefix), dialect)
  return { peers: pods.kind === 'all' ? where : both(where, pods) }
}

function namespacesSelected(terms: readonly Selector[], { labelKeys }: Dialect): Selector {
  return terms.length === 0 ? { kind: 'has', key: labelKeys.namespace } : both(...terms)
}

function podTerms(selector: Parameters<typeof labelTerms>[0], { labelKeys }: Dialect): Selector[] {
  const { orchestrator } = labelKeys
  const isPod: Selector[] = orchestrator === undefined ? [] : [{ kind: 'equals', key: orchestrator, value: 'k8s' }]
  return [...isPod, ...labelTerms(selector)]
}

function namespaceTerm(namespace: string, { labelKeys }: Dialect): Selector {
  return { kind: 'equals', key: labelKeys.namespace, value: namespace }
}
