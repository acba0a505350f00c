/**
 * Everything that a scenario may need of a cluster beyond nodes, pods and a Kubernetes API, with what it means. A provider says of each
 * whether the cluster has it; steps are left out by what they require and never by the name of a provider.
 */
export const capabilityMeanings = {
  outsiders: 'machines on the subnet of the nodes that are no members of the cluster, as the profile describes them',
  'external-hosts': 'machines beyond the subnet of the nodes, as the profile describes them',
  'second-cluster': 'another cluster can be made beside the first',
  'profile-nodes': 'the nodes are those of the profile, and there are no others',
  'profile-addresses':
    'nodes, pods and Services have the addresses and CIDRs of the profile, and nodes its interface name',
  'fixed-pod-addresses': 'a pod gets the address that its annotation cni.projectcalico.org/ipAddrs asks for',
  ipv6: 'nodes and pods have IPv6 addresses beside their IPv4 ones',
  'no-foreign-masquerade': 'nothing but the component under test rewrites the source of what pods send',
  'no-foreign-rules': 'nothing but the scenario depends on the rules of the nodes: whole tables may be replaced',
  'no-policy-engine': 'nothing but the component under test enforces NetworkPolicies',
  'policy-engine': 'the cluster itself enforces NetworkPolicies',
  'service-proxy': 'the cluster itself translates ClusterIPs to endpoints',
  'node-sysctls': 'sysctls of the network of a node and of a pod can be written from the node',
  'iptables-trace': 'the TRACE target of iptables can be followed with xtables-monitor on a node',
  'tun-device': 'a node lets programs make TUN devices',
  wireguard: 'nodes can have WireGuard devices, of the kernel or of wireguard-go, and have the tool wg',
  'admission-webhooks': 'the API calls mutating admission webhooks when pods are created',
  'host-images': 'the image host:/path runs a program of this machine, without a registry',
  'agent-image': "this project's agents, and its servers, run as pods",
  prober: 'nodes can run this program, which probes from inside all of their pods at once',
} as const

export type Capability = keyof typeof capabilityMeanings

/** Why a cluster lacks something, and how to get it where there is a way. */
export interface Lack {
  readonly reason: string
  readonly remedy?: string
}

/** For every capability, that it is there or why it is not. */
export type Capabilities = Readonly<Record<Capability, 'present' | Lack>>

/** In the order in which they are documented. */
export const allCapabilities = Object.keys(capabilityMeanings) as Capability[]

/** Everything but what is named: of a provider that lacks little. */
export function allCapabilitiesBut(lacking: Partial<Record<Capability, Lack>>): Capabilities {
  const present = Object.fromEntries(allCapabilities.map((name) => [name, 'present' as const]))
  return { ...(present as Record<Capability, 'present'>), ...lacking }
}

/**
 * What a cluster lacks of all that is required, as the reason for which a step is skipped.
 * @returns undefined when it lacks nothing
 */
export function lackOf(capabilities: Capabilities, required: readonly Capability[]): string | undefined {
  const lacks = [...new Set(required)].flatMap((name) => {
    const state = capabilities[name]
    if (state === 'present') return []
    const remedy = state.remedy === undefined ? '' : `; ${state.remedy}`
    return [`needs ${name} (${capabilityMeanings[name]}): ${state.reason}${remedy}`]
  })
  return lacks.length === 0 ? undefined : lacks.join('. ')
}
