import type { V1Namespace, V1NetworkPolicy, V1Pod } from '@kubernetes/client-node'
import { convertPolicy } from '../convert/convert-policy.ts'
import type { ConvertedPolicy, Direction } from '../convert/policy-types.ts'
import type { Dialect, Profile } from '../dialect.ts'
import { dispatchChains } from '../render/dispatch-chains.ts'
import { endpointChain } from '../render/endpoint-chain.ts'
import type { FelixChain, FelixRule } from '../render/felix-rule.ts'
import { policyRules, setsOf } from '../render/policy-chain.ts'
import { groupChain, groupPolicies, policyChainName } from '../render/policy-groups.ts'
import { profileChain } from '../render/profile-chains.ts'
import { type KernelChain, staticTables } from '../render/static-chains.ts'
import { EndpointIndex } from './endpoint-index.ts'
import { endpointsOf, type PolicyEndpoint } from './endpoints.ts'
import { fillSet, type IpSet, type SetReference } from './ip-sets.ts'

/** What the API knows. */
export interface PolicyCluster {
  readonly namespaces: readonly V1Namespace[]
  readonly pods: readonly V1Pod[]
  readonly policies: readonly V1NetworkPolicy[]
}

export interface TablePlan {
  readonly table: 'filter' | 'raw' | 'nat'
  readonly kernelChains: readonly KernelChain[]
  readonly chains: readonly FelixChain[]
}

/** What a node is to have, in one address family. */
export interface NodePlan {
  readonly family: 4 | 6
  readonly tables: readonly TablePlan[]
  readonly sets: readonly IpSet[]
}

const directions: readonly Direction[] = ['ingress', 'egress']

/** The chains of a node's own pods and of the policies that are about them, and the sets that these refer to; for both families. */
export function planNode(cluster: PolicyCluster, node: string, dialect: Dialect): readonly NodePlan[] {
  const namespaces = new Map(cluster.namespaces.map((namespace) => [namespace.metadata?.name ?? '', namespace]))
  const endpoints = endpointsOf(cluster.pods, namespaces, dialect)
  const policies = cluster.policies.map((policy) => convertPolicy(policy, dialect)).sort(byName)
  const local = endpoints.filter((endpoint) => endpoint.node === node).sort(byInterface)
  const own = policiesByEndpoint(policies, new EndpointIndex(local))
  const needed = new Needed()
  const endpointChains = local.flatMap((endpoint) =>
    directions.map((direction) => chainOf(endpoint, direction, own.get(endpoint) ?? [], needed, dialect)),
  )
  const devices = local.map((endpoint) => endpoint.interface)
  const [filter, ...others] = staticTables(dialect)
  if (filter === undefined) throw new Error('there is a filter table')
  const common = [
    ...filter.chains,
    ...directions.flatMap((direction) => dispatchChains(devices, direction)),
    ...endpointChains,
    ...needed.groups.values(),
    ...[...needed.profiles.values()].flatMap((profile) =>
      directions.map((direction) => profileChain(profile, direction, dialect)),
    ),
  ]
  const wanted = [...needed.policies.values()]
  const references = referencesOf(wanted)
  const index = new EndpointIndex(endpoints)
  return ([4, 6] as const).map((family) => {
    const chains = wanted.map(({ policy, direction }) => policyChain(policy, direction, family, dialect))
    return {
      family,
      tables: [{ ...filter, chains: [...common, ...chains] }, ...others],
      sets: references.map((reference) => fillSet(reference, family, index)),
    }
  })
}

/** What the endpoints' chains lead to. */
class Needed {
  readonly policies = new Map<string, { readonly policy: ConvertedPolicy; readonly direction: Direction }>()
  readonly groups = new Map<string, FelixChain>()
  readonly profiles = new Map<string, Profile>()
}

/** For each endpoint the policies that are about it, in their order. */
function policiesByEndpoint(
  policies: readonly ConvertedPolicy[],
  index: EndpointIndex,
): ReadonlyMap<PolicyEndpoint, readonly ConvertedPolicy[]> {
  const found = new Map<PolicyEndpoint, ConvertedPolicy[]>()
  for (const policy of policies) {
    for (const endpoint of index.select(policy.selector)) {
      const own = found.get(endpoint)
      if (own === undefined) found.set(endpoint, [policy])
      else own.push(policy)
    }
  }
  return found
}

function chainOf(
  endpoint: PolicyEndpoint,
  direction: Direction,
  policies: readonly ConvertedPolicy[],
  needed: Needed,
  dialect: Dialect,
): FelixChain {
  const own = policies.filter((policy) => policy[direction] !== undefined)
  const groups = groupPolicies(own, direction, dialect)
  for (const policy of own) needed.policies.set(policyChainName(policy, direction), { policy, direction })
  for (const group of groups) {
    if (group.policies.length > 1) needed.groups.set(group.chain, groupChain(group, direction, dialect))
  }
  const profiles = dialect.profilesOf(endpoint.namespace, endpoint.serviceAccount)
  for (const profile of profiles) needed.profiles.set(profile.id, profile)
  return endpointChain(
    endpoint.interface,
    direction,
    groups,
    profiles.map(({ id }) => id),
    dialect,
  )
}

function policyChain(policy: ConvertedPolicy, direction: Direction, family: 4 | 6, dialect: Dialect): FelixChain {
  const rules = policyRules(policy[direction] ?? [], direction, family, dialect)
  const name = policyChainName(policy, direction)
  if (!dialect.namesPolicies) return { name, rules }
  const whose = `KubernetesNetworkPolicy ${policy.namespace}/${policy.name} ${direction}`
  const [first, ...rest] = rules
  const named: FelixRule = { ...first, comments: [whose, ...(first?.comments ?? [])] }
  return { name, rules: [named, ...rest] }
}

function referencesOf(
  needed: readonly { readonly policy: ConvertedPolicy; readonly direction: Direction }[],
): readonly SetReference[] {
  const references = new Map<string, SetReference>()
  for (const { policy, direction } of needed) {
    for (const rule of policy[direction] ?? []) for (const set of setsOf(rule, direction)) references.set(set.id, set)
  }
  return [...references.values()]
}

function byName(a: ConvertedPolicy, b: ConvertedPolicy): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : a.namespace < b.namespace ? -1 : 1
}

function byInterface(a: PolicyEndpoint, b: PolicyEndpoint): number {
  return a.interface < b.interface ? -1 : 1
}
