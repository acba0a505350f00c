import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { familyOf } from '../../../helpers/cidr.ts'
import { packageRoot } from '../../../helpers/package-root.ts'
import type { ClusterProfile } from '../../cluster/profile.ts'
import { PacketproofError } from '../../errors.ts'

interface Container {
  readonly name: string
  env?: { name: string; value?: string; valueFrom?: unknown }[]
}

interface Manifest {
  readonly kind?: string
  readonly metadata?: { readonly name?: string }
  readonly data?: Record<string, string>
  readonly spec?: { readonly template?: { readonly spec?: { readonly containers?: Container[] } } }
}

/**
 * Calico's own manifest with the settings of `clusters/kind/calico.yaml` and the profile's pod CIDRs.
 * @param text the manifest of a release (`manifests/calico.yaml`)
 * @throws PacketproofError E_ENVIRONMENT when it is not one: a patch that finds nothing to patch would be a cluster of another kind.
 */
export function patchCalico(text: string, profile: ClusterProfile): string {
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Manifest)
  const container = documents
    .find(({ kind, metadata }) => kind === 'DaemonSet' && metadata?.name === 'calico-node')
    ?.spec?.template?.spec?.containers?.find(({ name }) => name === 'calico-node')
  const config = documents.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata?.name === 'calico-config')
  const network = config?.data?.['cni_network_config']
  if (container === undefined || config?.data === undefined || network === undefined) {
    throw new PacketproofError(
      'E_ENVIRONMENT',
      'the Calico manifest has no DaemonSet calico-node with a container of that name, or no ConfigMap calico-config',
    )
  }
  for (const [name, value] of Object.entries(nodeEnvironment(profile))) {
    container.env = [...(container.env ?? []).filter((entry) => entry.name !== name), { name, value }]
  }
  const [hasIpv4, hasIpv6] = [4, 6].map((family) => profile.podCidrs.some((cidr) => familyOf(cidr) === family))
  config.data['cni_network_config'] = network.replace(
    '"type": "calico-ipam"',
    `"type": "calico-ipam", "assign_ipv4": "${hasIpv4}", "assign_ipv6": "${hasIpv6}"`,
  )
  return documents.map((document) => stringify(document)).join('---\n')
}

/** Environment variables of calico-node (docs.tigera.io, "Configuring calico/node"). */
function nodeEnvironment(profile: ClusterProfile): Record<string, string> {
  const path = join(packageRoot(), 'clusters/kind/calico.yaml')
  const { nodeEnvironment: fixed } = parse(readFileSync(path, 'utf8')) as { nodeEnvironment: Record<string, string> }
  const ipv4 = profile.podCidrs.find((cidr) => familyOf(cidr) === 4)
  const ipv6 = profile.podCidrs.find((cidr) => familyOf(cidr) === 6)
  return {
    ...fixed,
    IP: ipv4 === undefined ? 'none' : 'autodetect',
    IP6: ipv6 === undefined ? 'none' : 'autodetect',
    FELIX_IPV6SUPPORT: String(ipv6 !== undefined),
    ...(ipv4 !== undefined && { CALICO_IPV4POOL_CIDR: ipv4 }),
    ...(ipv6 !== undefined && { CALICO_IPV6POOL_CIDR: ipv6 }),
    // Without an IPv4 address there is nothing that BIRD could take its router id from.
    ...(ipv4 === undefined && { CALICO_ROUTER_ID: 'hash' }),
  }
}
