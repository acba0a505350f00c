import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { familyOf, parseCidr } from '../../../helpers/cidr.ts'
import { packageRoot } from '../../../helpers/package-root.ts'
import type { ClusterProfile } from '../../cluster/profile.ts'

/** The Helm values of `clusters/kind/cilium-values.yaml`, with what the profile and the cluster's name decide. */
export function ciliumValues(profile: ClusterProfile, cluster: string): string {
  const path = join(packageRoot(), 'clusters/kind/cilium-values.yaml')
  const fixed = parse(readFileSync(path, 'utf8')) as { ipam: object; ipv4NativeRoutingCIDR: string }
  const cidrOf = (family: 4 | 6): string | undefined => profile.podCidrs.find((cidr) => familyOf(cidr) === family)
  const [ipv4, ipv6] = [cidrOf(4), cidrOf(6)]
  const { ipv4NativeRoutingCIDR, ...rest } = fixed
  return stringify({
    ...rest,
    ...(ipv4 !== undefined && {
      ipv4NativeRoutingCIDR: covers(ipv4NativeRoutingCIDR, ipv4) ? ipv4NativeRoutingCIDR : ipv4,
    }),
    ipv4: { enabled: ipv4 !== undefined },
    ipv6: { enabled: ipv6 !== undefined },
    ...(ipv6 !== undefined && { ipv6NativeRoutingCIDR: ipv6 }),
    ipam: {
      ...fixed.ipam,
      operator: {
        ...(ipv4 !== undefined && { clusterPoolIPv4PodCIDRList: [ipv4], clusterPoolIPv4MaskSize: maskSize(ipv4, 24) }),
        ...(ipv6 !== undefined && { clusterPoolIPv6PodCIDRList: [ipv6], clusterPoolIPv6MaskSize: maskSize(ipv6, 64) }),
      },
    },
    kubeProxyReplacement: profile.kind.kubeProxyMode === 'none',
    k8sServiceHost: `${cluster}-control-plane`,
  })
}

function covers(outer: string, inner: string): boolean {
  const [wide, narrow] = [parseCidr(outer), parseCidr(inner)]
  const shift = BigInt(32 - wide.prefixLength)
  return wide.prefixLength <= narrow.prefixLength && narrow.network >> shift === wide.network >> shift
}

/** The usual size of a node's part, or a quarter of a pod CIDR that is as small as that. */
function maskSize(cidr: string, usual: number): number {
  return Math.max(usual, parseCidr(cidr).prefixLength + 2)
}
