import type { V1DaemonSet, V1Node } from '@kubernetes/client-node'
import { cidrContains, familyOf, parseCidr } from '../../../helpers/cidr.ts'
import { allCapabilitiesBut, type Capabilities, type Capability, type Lack } from '../../cluster/capability.ts'
import { mapNodes } from '../../cluster/map-nodes.ts'
import type { ClusterProfile } from '../../cluster/profile.ts'
import { rulesOf } from '../../ruleset/model.ts'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'

/** What was found out about a cluster that is not ours. */
export interface ClusterFacts {
  readonly nodes: readonly V1Node[]
  readonly daemonSets: readonly V1DaemonSet[]
  /** Names of API groups. */
  readonly apiGroups: readonly string[]
  /** Of a worker. */
  readonly node: NodeFacts
}

export interface NodeFacts {
  /** `iptables-save -t nat`. */
  readonly natRules: string
  readonly interfaces: readonly string[]
  /** The output of `iptables --version`; and whether there is xtables-monitor. */
  readonly iptablesVersion: string
  readonly hasXtablesMonitor: boolean
  readonly hasTunDevice: boolean
  /** Of the kernel, or of wireguard-go; and the tool `wg`. */
  readonly hasWireguard: boolean
  readonly hasWgTool: boolean
}

const elsewhere = 'use the provider netns or kind'
const policyEngines = /calico|cilium|antrea|weave|kube-router|romana|canal|kindnet|aws-node|azure-npm/

/** What a cluster has that was there before, as far as can be seen from its API and from one of its nodes. */
export function foreignCapabilities(profile: ClusterProfile, facts: ClusterFacts): Capabilities {
  const lacking: Partial<Record<Capability, Lack>> = {
    outsiders: { reason: 'no machines are added to the network of a cluster that was there before', remedy: elsewhere },
    'external-hosts': { reason: 'no machines are added beside a cluster that was there before', remedy: elsewhere },
    'second-cluster': { reason: 'the one cluster is what the kubeconfig leads to', remedy: elsewhere },
    'no-foreign-rules': { reason: 'the rules of its nodes are the cluster’s own', remedy: elsewhere },
  }
  const lack = (name: Capability, reason: string | undefined, remedy?: string): void => {
    if (reason !== undefined) lacking[name] = { reason, ...(remedy !== undefined && { remedy }) }
  }
  const isOurs = facts.nodes.every(isOurRuntime)
  const addresses = otherAddresses(profile, facts)
  lack('profile-nodes', otherNodes(profile, facts.nodes))
  lack('profile-addresses', addresses, `make a cluster with the addresses of the profile "${profile.name}"`)
  if (addresses !== undefined) lack('fixed-pod-addresses', addresses)
  else if (!isOurs && !facts.nodes.every(hasCalico)) {
    lack('fixed-pod-addresses', 'its network is not Calico’s, which honours that annotation')
  }
  lack('ipv6', facts.nodes.every(hasIpv6) ? undefined : 'its nodes or pods have IPv4 addresses alone')
  lack('no-foreign-masquerade', foreignMasquerade(facts.node.natRules), 'turn it off in the network of the cluster')
  const engine = facts.daemonSets.map(({ metadata }) => metadata?.name ?? '').find((name) => policyEngines.test(name))
  if (engine === undefined) lack('policy-engine', 'none of the known ones runs (Calico, Cilium, Antrea, …)')
  else lack('no-policy-engine', `${engine} runs there`, 'test that one: --component network-policy=present')
  if (!hasServiceProxy(facts)) lack('service-proxy', 'neither kube-proxy nor a replacement of it was found')
  lack('iptables-trace', noTrace(facts.node))
  if (!facts.node.hasTunDevice) lack('tun-device', 'its nodes have no /dev/net/tun', 'load the kernel module tun there')
  if (!facts.node.hasWireguard) {
    lack('wireguard', 'the kernel of its nodes has no WireGuard', 'load the module wireguard there')
  } else if (!facts.node.hasWgTool) lack('wireguard', 'its nodes have no wg', 'install wireguard-tools there')
  if (!facts.apiGroups.includes('admissionregistration.k8s.io')) {
    lack('admission-webhooks', 'its API has no group admissionregistration.k8s.io')
  }
  if (!isOurs) lack('host-images', 'its nodes do not see the files of this machine', 'push an image')
  return allCapabilitiesBut(lacking)
}

/** A node of the embedded cluster. */
export function isOurRuntime(node: V1Node): boolean {
  return runtimeOf(node).startsWith('packetproof://')
}

function otherNodes(profile: ClusterProfile, nodes: readonly V1Node[]): string | undefined {
  const { nodes: mapped, others } = mapNodes(profile, nodes)
  if (others.length > 0) return `there are more: ${others.join(', ')}`
  const missing = profile.nodes.filter(({ name }) => !mapped.some(({ profileName }) => profileName === name))
  return missing.length === 0 ? undefined : `it does not show its ${missing.map(({ role }) => role).join(', ')} node`
}

function otherAddresses(profile: ClusterProfile, { nodes, node: { interfaces } }: ClusterFacts): string | undefined {
  const subnets = profile.nodeSubnets.map(parseCidr)
  const podCidrs = profile.podCidrs.map(parseCidr)
  for (const node of nodes) {
    const name = node.metadata?.name ?? ''
    const stray = internalAddresses(node).find((address) => !subnets.some((cidr) => contains(cidr, address)))
    if (stray !== undefined) return `the address ${stray} of ${name} is outside ${profile.nodeSubnets.join(', ')}`
    const own = node.spec?.podCIDRs ?? []
    if (own.length === 0) return `${name} has no pod CIDR of its own`
    const foreign = own.find((cidr) => !podCidrs.some((wide) => contains(wide, cidr.split('/')[0] ?? '')))
    if (foreign !== undefined) return `the pod CIDR ${foreign} of ${name} is outside ${profile.podCidrs.join(', ')}`
  }
  if (interfaces.includes(profile.nodeInterface)) return undefined
  return `its nodes have no interface ${profile.nodeInterface}`
}

function contains(cidr: ReturnType<typeof parseCidr>, address: string): boolean {
  return familyOf(address) === cidr.family && cidrContains(cidr, address)
}

function internalAddresses({ status }: V1Node): string[] {
  return (status?.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address)
}

function hasIpv6(node: V1Node): boolean {
  return [internalAddresses(node), node.spec?.podCIDRs ?? []].every((list) => list.some((text) => text.includes(':')))
}

function hasCalico({ metadata }: V1Node): boolean {
  return metadata?.annotations?.['projectcalico.org/IPv4Address'] !== undefined
}

function runtimeOf({ status }: V1Node): string {
  return status?.nodeInfo?.containerRuntimeVersion ?? ''
}

/** kube-proxy masquerades only what is marked, and ip-masq-agent is the component itself; kindnet can be set aside. */
const harmlessChains = /^(KUBE-|IP-MASQ|KIND-MASQ-AGENT$)/

function foreignMasquerade(natRules: string): string | undefined {
  const rules = [...rulesOf(parseRuleset(natRules, { allowEmpty: true }))]
  const found = rules.find(
    ({ chain, target = '' }) => /^(MASQUERADE|SNAT)$/.test(target) && !harmlessChains.test(chain),
  )
  return found && `its nodes have a rule of their own: -A ${found.chain} ${found.spec}`
}

function hasServiceProxy({ daemonSets, node }: ClusterFacts): boolean {
  return (
    daemonSets.some(({ metadata }) => /kube-proxy/.test(metadata?.name ?? '')) ||
    /^:KUBE-SERVICES /m.test(node.natRules)
  )
}

function noTrace({ iptablesVersion, hasXtablesMonitor }: NodeFacts): string | undefined {
  if (!iptablesVersion.includes('nf_tables'))
    return `the iptables of its nodes is ${iptablesVersion.trim() || 'unknown'}`
  return hasXtablesMonitor ? undefined : 'there is no xtables-monitor'
}
