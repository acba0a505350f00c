import { existsSync } from 'node:fs'
import { parseCidr } from '../../../helpers/cidr.ts'
import { allCapabilitiesBut, type Capabilities, type Capability, type Lack } from '../../cluster/capability.ts'
import type { ClusterProfile } from '../../cluster/profile.ts'
import { noWireguard } from './client/wireguard-support.ts'

/** What a cluster of namespaces has: nearly everything, as far as the profile and the machine go. @param facts of the machine */
export function netnsCapabilities(
  profile: ClusterProfile,
  facts: Readonly<Record<string, string>>,
  hasTunDevice = existsSync('/dev/net/tun'),
): Capabilities {
  const lacking: Partial<Record<Capability, Lack>> = {
    'policy-engine': { reason: 'the embedded cluster stores NetworkPolicies and leaves them to a component' },
    'service-proxy': { reason: 'the embedded cluster runs no kube-proxy' },
    'admission-webhooks': { reason: 'the API of the embedded cluster calls no webhooks' },
  }
  if (profile.outsiders.length === 0) lacking.outsiders = none(profile, 'outsiders')
  if (profile.externalHosts.length === 0) lacking['external-hosts'] = none(profile, 'externalHosts')
  if (![profile.nodeSubnets, profile.podCidrs].every((cidrs) => cidrs.some((cidr) => parseCidr(cidr).family === 6))) {
    lacking.ipv6 = { reason: `the profile "${profile.name}" has IPv4 alone` }
  }
  if (facts['iptables']?.includes('nf_tables') === false) {
    lacking['iptables-trace'] = {
      reason: `the machine's iptables is ${facts['iptables']}, which the kernel traces to its log`,
      remedy: 'choose iptables-nft with update-alternatives',
    }
  }
  if (!hasTunDevice) {
    lacking['tun-device'] = { reason: 'there is no /dev/net/tun', remedy: 'load the kernel module tun' }
  }
  const { wireguard } = facts
  if (wireguard?.startsWith(noWireguard)) lacking.wireguard = { reason: wireguard.slice(noWireguard.length) }
  return allCapabilitiesBut(lacking)
}

function none(profile: ClusterProfile, key: string): Lack {
  return { reason: `the profile "${profile.name}" has no ${key}` }
}
