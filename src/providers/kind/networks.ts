import { addressAt, type Cidr, parseCidr } from '../../../helpers/cidr.ts'
import type { Docker } from '../../docker/docker.ts'
import { type Labels, labelArguments } from './labels.ts'

/** The Docker networks of a cluster. */
export interface NetworkNames {
  readonly nodes: string
  readonly outside: string
}

export function networkNames(cluster: string): NetworkNames {
  return { nodes: cluster, outside: `${cluster}.outside` }
}

/** The subnets of all of Docker's networks. */
export async function usedSubnets(docker: Docker): Promise<readonly Cidr[]> {
  const ids = await docker.lines(['network', 'ls', '--quiet'])
  if (ids.length === 0) return []
  const format = '{{range .IPAM.Config}}{{.Subnet}} {{end}}'
  // Another run may remove one of its networks in between: what is left is still listed.
  const { stdout } = await docker.try(['network', 'inspect', '--format', format, ...ids])
  return stdout
    .split(/\s+/)
    .filter((text) => text.includes('/'))
    .map(parseCidr)
}

/** The network of the nodes, as kind makes its own, but with the first address left for the router and Docker's gateway last. */
export function nodeNetworkArguments(name: string, subnets: readonly Cidr[], labels: Labels): readonly string[] {
  return [
    ...['network', 'create', '--driver', 'bridge', '--opt', 'com.docker.network.bridge.enable_ip_masquerade=true'],
    ...labelArguments(labels),
    ...(subnets.some(({ family }) => family === 6) ? ['--ipv6'] : []),
    ...subnets.flatMap((subnet) => ['--subnet', subnet.text, '--gateway', lastAddress(subnet)]),
    name,
  ]
}

/**
 * The network of the external hosts. Its bridge has no address on this machine and nothing translates for it, so it ends here. It is not
 * an `--internal` one, because Docker drops there what does not come from the network's own subnet, which is everything that external
 * hosts send.
 */
export function outsideNetworkArguments(name: string, labels: Labels): readonly string[] {
  return [
    ...['network', 'create', '--driver', 'bridge', '--opt', 'com.docker.network.bridge.enable_ip_masquerade=false'],
    ...['--opt', 'com.docker.network.bridge.inhibit_ipv4=true'],
    ...labelArguments(labels),
    name,
  ]
}

/** The last but the broadcast address; of a large IPv6 subnet one that is far enough away. */
function lastAddress(subnet: Cidr): string {
  const bits = (subnet.family === 4 ? 32 : 128) - subnet.prefixLength
  return addressAt(subnet, 2 ** Math.min(bits, 16) - 2)
}
