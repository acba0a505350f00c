import { addressAt, familyOf, parseCidr } from '../../../../helpers/cidr.ts'
import type { ClusterProfile } from '../../../cluster/profile.ts'
import type { ObjectStore } from '../api/types.ts'

/** Where the API listens on nodes, as kubeadm has it. */
export const API_PORT = 6443
/** The port of the `kubernetes` Service. */
export const API_SERVICE_PORT = 443

const NAME = 'kubernetes'
const NAMESPACE = 'default'

/** The first address of the first service CIDR is that of the `kubernetes` Service. */
export function apiServiceAddress({ serviceCidrs }: Pick<ClusterProfile, 'serviceCidrs'>): string {
  return addressAt(parseCidr(serviceCidrs[0] ?? ''), 1)
}

/** The nodes that answer for the API at their own addresses: those of the control plane, or the first where there is none. */
export function apiNodes<N extends { readonly name: string }>(
  profile: Pick<ClusterProfile, 'nodes'>,
  nodes: Iterable<N>,
): N[] {
  const all = [...nodes]
  const roles = new Map(profile.nodes.map(({ name, role }) => [name, role]))
  const controlPlane = all.filter(({ name }) => roles.get(name) === 'control-plane')
  return controlPlane.length > 0 ? controlPlane : all.slice(0, 1)
}

/** The addresses inside the cluster that the API's certificate must be for. */
export function apiAddresses(
  profile: ClusterProfile,
  nodes: readonly { readonly name: string; readonly addresses: readonly string[] }[],
): string[] {
  return [apiServiceAddress(profile), ...apiNodes(profile, nodes).flatMap(({ addresses }) => addresses)]
}

/**
 * Keeps the `kubernetes` Service with its Endpoints and EndpointSlice, as an API server does for itself.
 * @param endpoints addresses at which the API answers on `API_PORT`; those of the Service's family are used.
 */
export function keepApiService(store: ObjectStore, clusterIp: string, endpoints: readonly string[]): void {
  const family = familyOf(clusterIp)
  const addresses = endpoints.filter((address) => familyOf(address) === family)
  const labels = { component: 'apiserver', provider: 'kubernetes' }
  const create = (): void => {
    store.create('services', {
      metadata: { name: NAME, namespace: NAMESPACE, labels },
      spec: {
        clusterIP: clusterIp,
        ports: [{ name: 'https', port: API_SERVICE_PORT, protocol: 'TCP', targetPort: API_PORT }],
      },
    })
    if (addresses.length === 0) return
    const ports = [{ name: 'https', port: API_PORT, protocol: 'TCP' }]
    replace(store, 'endpoints', {
      metadata: { name: NAME, namespace: NAMESPACE },
      subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports }],
    })
    replace(store, 'endpointslices', {
      metadata: { name: NAME, namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': NAME } },
      addressType: `IPv${family}`,
      endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
      ports,
    })
  }
  create()
  store.subscribe('services', ({ type, object: { metadata } }) => {
    if (type === 'DELETED' && metadata.namespace === NAMESPACE && metadata.name === NAME) create()
  })
}

function replace(store: ObjectStore, resource: string, object: object): void {
  store.delete(resource, NAMESPACE, NAME)
  store.create(resource, object)
}
