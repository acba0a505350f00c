import { isIP } from 'node:net'
import type { V1Service } from '@kubernetes/client-node'
import type { Cluster } from '../cluster/cluster.ts'
import { findHost, type NamedHost } from '../cluster/find-host.ts'
import { PacketproofError } from '../errors.ts'

/** What a packet is sent to. */
export interface Target {
  /** As asked, without the port. */
  readonly name: string
  readonly addresses: readonly string[]
  /** Where a Service may send it: the addresses of its endpoints. */
  readonly backends: readonly string[]
  readonly port?: number
  /** Of a Service: the port to use when none was asked for. */
  readonly defaultPort?: number
}

/**
 * Reads `HOST`, `NAMESPACE/POD`, `svc/NAME`, `NAMESPACE/svc/NAME`, or an address, each with `:PORT` if wanted (`[fd00::1]:80`).
 * @throws PacketproofError E_USAGE that names what is wrong, with the nearest names.
 */
export async function findTarget(cluster: Cluster, hosts: readonly NamedHost[], text: string): Promise<Target> {
  const { name, port } = splitPort(text)
  const asked = port === undefined ? {} : { port }
  if (isIP(name) !== 0) return { name, addresses: [name], backends: await backendsOf(cluster, name, port), ...asked }
  const service = /^(?:([^/]+)\/)?(?:svc|service)\/([^/]+)$/.exec(name)
  if (service !== null)
    return { name, ...(await findService(cluster, service[1] ?? 'default', service[2] ?? '')), ...asked }
  const { addresses } = findHost(hosts, name)
  return { name, addresses, backends: await backendsOf(cluster, addresses[0] ?? '', port), ...asked }
}

function splitPort(text: string): { name: string; port?: number } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text)
  const plain = isIP(text) === 6 ? null : /^([^:]*):(.*)$/.exec(text)
  const [, name = text, port] = bracketed ?? plain ?? []
  if (name === '') throw new PacketproofError('E_USAGE', `"${text}" names no destination`)
  if (port === undefined) return { name }
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0
  if (number < 1 || number > 65_535) {
    throw new PacketproofError('E_USAGE', `"${text}": "${port}" is not a port`, {
      hint: 'a port is a number from 1 to 65535',
    })
  }
  return { name, port: number }
}

async function findService(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<Pick<Target, 'addresses' | 'backends' | 'defaultPort'>> {
  const { items } = await cluster.api.core.listServiceForAllNamespaces()
  const label = ({ metadata }: V1Service): string => `${metadata?.namespace}/svc/${metadata?.name}`
  const found = items.find((service) => service.metadata?.name === name && service.metadata?.namespace === namespace)
  if (found === undefined) {
    throw new PacketproofError('E_USAGE', `there is no Service "${namespace}/${name}"`, {
      hint: items.length === 0 ? 'the cluster has no Services' : `known: ${items.map(label).join(', ')}`,
    })
  }
  const addresses = (found.spec?.clusterIPs ?? []).filter((address) => isIP(address) !== 0)
  if (addresses.length === 0) {
    throw new PacketproofError('E_USAGE', `the Service ${namespace}/${name} has no ClusterIP: ask for one of its pods`)
  }
  const defaultPort = found.spec?.ports?.[0]?.port
  return {
    addresses,
    backends: await endpointsOf(cluster, namespace, name),
    ...(defaultPort !== undefined && { defaultPort }),
  }
}

/** Of the Services that have this ClusterIP, or this node port on a node. */
async function backendsOf(cluster: Cluster, address: string, port: number | undefined): Promise<string[]> {
  const isNode = cluster.nodes.some(({ addresses }) => addresses.includes(address))
  const { items } = await cluster.api.core.listServiceForAllNamespaces()
  const services = items.filter(
    ({ spec }) =>
      spec?.clusterIPs?.includes(address) ||
      (isNode && spec?.ports?.some(({ nodePort }) => nodePort !== undefined && nodePort === port)),
  )
  const found = services.map(({ metadata }) => endpointsOf(cluster, metadata?.namespace ?? '', metadata?.name ?? ''))
  return (await Promise.all(found)).flat()
}

async function endpointsOf(cluster: Cluster, namespace: string, name: string): Promise<string[]> {
  const { DiscoveryV1Api } = await import('@kubernetes/client-node')
  const { items } = await cluster.api.config.makeApiClient(DiscoveryV1Api).listNamespacedEndpointSlice({
    namespace,
    labelSelector: `kubernetes.io/service-name=${name}`,
  })
  return items.flatMap(({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses))
}
