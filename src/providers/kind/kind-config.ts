import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { familyOf, parseCidr } from '../../../helpers/cidr.ts'
import { packageRoot } from '../../../helpers/package-root.ts'
import type { ClusterProfile } from '../../cluster/profile.ts'
import { invalidInput } from '../../errors.ts'

/**
 * The kind configuration (`kind.x-k8s.io/v1alpha4`) that a profile stands for.
 * @param apiPort on 127.0.0.1; kind chooses a free one when it is left out
 * @throws PacketproofError E_INVALID_INPUT for a profile that kind cannot make, naming the place in it.
 */
export function kindConfig(profile: ClusterProfile, apiPort?: number): string {
  const { cni, kubeProxyMode } = profile.kind
  const where = `cluster profile "${profile.name}"`
  const ipFamily = familyName(profile.podCidrs)
  if (familyName(profile.serviceCidrs) !== ipFamily) {
    throw invalidInput(`${where}, serviceCidrs: expected the same address families as podCidrs (${ipFamily})`)
  }
  const config = parse(readFileSync(join(packageRoot(), 'clusters/kind/cluster.yaml'), 'utf8')) as object
  return stringify({
    ...config,
    networking: {
      ipFamily,
      apiServerAddress: '127.0.0.1',
      ...(apiPort !== undefined && { apiServerPort: apiPort }),
      podSubnet: ipv4First(profile.podCidrs).join(','),
      serviceSubnet: ipv4First(profile.serviceCidrs).join(','),
      disableDefaultCNI: cni !== 'default',
      kubeProxyMode,
    },
    nodes: kindNodes(profile).map(({ role, labels }) => ({ role, ...(Object.keys(labels).length > 0 && { labels }) })),
  })
}

type KindNode = Pick<ClusterProfile['nodes'][number], 'role' | 'labels'>

/** The nodes of the profile, and a control plane where it has none: no kind cluster is without. */
export function kindNodes(profile: ClusterProfile): readonly KindNode[] {
  const hasControlPlane = profile.nodes.some(({ role }) => role === 'control-plane')
  return hasControlPlane ? profile.nodes : [{ role: 'control-plane', labels: {} }, ...profile.nodes]
}

function familyName(cidrs: readonly string[]): 'ipv4' | 'ipv6' | 'dual' {
  const families = new Set(cidrs.map((cidr) => parseCidr(cidr).family))
  return families.size === 2 ? 'dual' : families.has(6) ? 'ipv6' : 'ipv4'
}

function ipv4First(cidrs: readonly string[]): readonly string[] {
  return [...cidrs].sort((a, b) => familyOf(a) - familyOf(b))
}
