import { parseCidr } from '../../../helpers/cidr.ts'
import { allCapabilitiesBut, type Capabilities, type Capability, type Lack } from '../../cluster/capability.ts'
import type { ClusterProfile } from '../../cluster/profile.ts'
import { kindNodes } from './kind-config.ts'

const NETNS: Pick<Lack, 'remedy'> = { remedy: 'use the provider netns' }

/** @param agentImageLack why the nodes do not have this project's image, when they do not */
export function kindCapabilities(profile: ClusterProfile, agentImageLack?: string): Capabilities {
  const { cni, kubeProxyMode } = profile.kind
  const lacking: Partial<Record<Capability, Lack>> = {
    'profile-addresses': { reason: 'Docker gives nodes their addresses, and calls their interface eth0', ...NETNS },
    'no-foreign-rules': {
      reason: `kubelet${kubeProxyMode === 'none' ? '' : ', kube-proxy'} and the network plugin keep rules on the nodes`,
      ...NETNS,
    },
    'host-images': { reason: 'pods run images from a registry, or those that were loaded into the nodes', ...NETNS },
    // kindnet enforces NetworkPolicies as well, from kind 0.24 on.
    'no-policy-engine': { reason: `${nameOf(cni)} enforces NetworkPolicies itself`, ...NETNS },
  }
  if (cni !== 'calico') {
    const reason = `${nameOf(cni)} does not know the annotation`
    lacking['fixed-pod-addresses'] = { reason, remedy: 'use a profile with kind.cni: calico' }
    lacking['no-foreign-masquerade'] = {
      reason: `${nameOf(cni)} masquerades what leaves the pods' range, and puts its rules back when they are deleted`,
      remedy: 'use a profile with kind.cni: calico',
    }
  }
  if (kindNodes(profile).length !== profile.nodes.length) {
    lacking['profile-nodes'] = { reason: 'a kind cluster has a control plane, too', ...NETNS }
  }
  if (profile.outsiders.length === 0) lacking.outsiders = none(profile, 'outsiders')
  if (profile.externalHosts.length === 0) lacking['external-hosts'] = none(profile, 'externalHosts')
  if (![profile.nodeSubnets, profile.podCidrs].every(isDualStack)) {
    lacking.ipv6 = { reason: `the profile "${profile.name}" does not have both families` }
  }
  if (agentImageLack !== undefined) {
    const lack = { reason: agentImageLack, remedy: 'packetproof images pull builds it' }
    lacking['agent-image'] = lack
    lacking.prober = lack
  }
  return allCapabilitiesBut(lacking)
}

function isDualStack(cidrs: readonly string[]): boolean {
  return new Set(cidrs.map((cidr) => parseCidr(cidr).family)).size === 2
}

function nameOf(cni: ClusterProfile['kind']['cni']): string {
  return { default: "kind's own network plugin", calico: 'Calico', cilium: 'Cilium' }[cni]
}

function none(profile: ClusterProfile, key: string): Lack {
  return { reason: `the profile "${profile.name}" has no ${key}` }
}
