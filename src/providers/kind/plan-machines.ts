import { familyOf, parseCidr } from '../../../helpers/cidr.ts'
import type { MachineInfo } from '../../cluster/node-access.ts'
import type { ClusterProfile } from '../../cluster/profile.ts'
import { type PlannedExternalHost, planNetwork } from '../netns/fabric/plan.ts'

/** What stands beside a cluster's nodes: a container on one of its two networks, and what gives it the place that the profile describes. */
export interface PlannedContainer extends MachineInfo {
  readonly container: string
  /** `nodes`: that of the nodes; `outside`: that of the external hosts. */
  readonly network: 'nodes' | 'outside'
  /** What Docker is asked to give it; on `outside` Docker's own choice is taken away again. */
  readonly fixedAddresses: readonly string[]
  readonly setUp: readonly (readonly string[])[]
}

/** The way between the two networks. It stands on both, as eth0 and eth1. */
export interface PlannedRouter {
  readonly container: string
  readonly addresses: readonly string[]
  readonly setUp: readonly (readonly string[])[]
}

export interface MachinePlan {
  readonly machines: readonly PlannedContainer[]
  /** Undefined when there is nothing to route to. */
  readonly router: PlannedRouter | undefined
}

/** Containers have their routes from Docker, to a gateway by which packets could leave. */
const FORGET_ROUTES = [
  ['ip', '-4', 'route', 'flush', 'default'],
  ['ip', '-6', 'route', 'flush', 'default'],
]

/** @param profile with the subnets that the nodes really have */
export function planMachines(profile: ClusterProfile, cluster: string): MachinePlan {
  const network = planNetwork(profile)
  const nameOf = (machine: string): string => `${cluster}.${machine}`
  const outsiders = network.outsiders.map(({ name, addresses }) => ({
    ...({ name, kind: 'outsider', addresses, container: nameOf(name), network: 'nodes' } as const),
    fixedAddresses: addresses,
    setUp: FORGET_ROUTES,
  }))
  const externalHosts = network.externalHosts.map((host) => ({
    ...({ name: host.name, kind: 'external-host', addresses: host.addresses } as const),
    ...({ container: nameOf(host.name), network: 'outside', fixedAddresses: [] } as const),
    setUp: [...FORGET_ROUTES, ...flush('eth0'), ...addressesOfHost(host), ...routesOfHost(host)],
  }))
  const router = {
    container: nameOf('router'),
    addresses: network.routerAddresses,
    setUp: [...FORGET_ROUTES, ...flush('eth1'), ...network.externalHosts.flatMap(gatewaysFor)],
  }
  return { machines: [...outsiders, ...externalHosts], router: externalHosts.length === 0 ? undefined : router }
}

/** A network of its own that holds nothing but the host. */
function isAlone({ address, prefixLength }: PlannedExternalHost['links'][number]): boolean {
  return prefixLength === (familyOf(address) === 4 ? 32 : 128)
}

function flush(device: string): readonly (readonly string[])[] {
  return [['ip', 'address', 'flush', 'dev', device, 'scope', 'global']]
}

function addAddress(address: string, prefixLength: number, device: string): readonly string[] {
  // Duplicate address detection would take a second in which an IPv6 address does not work.
  const noDetection = familyOf(address) === 6 ? ['nodad'] : []
  return ['ip', 'address', 'add', `${address}/${prefixLength}`, 'dev', device, ...noDetection]
}

function addressesOfHost({ links }: PlannedExternalHost): readonly (readonly string[])[] {
  return links.map(({ address, prefixLength }) => addAddress(address, prefixLength, 'eth0'))
}

function routesOfHost({ links, routes }: PlannedExternalHost): readonly (readonly string[])[] {
  const lone = [...new Set(links.filter(isAlone).map(({ gateway }) => gateway))]
  const toGateways = lone.map((gateway) => ['ip', 'route', 'add', hostPrefix(gateway), 'dev', 'eth0'])
  const beyond = routes.flatMap(({ family, text }) => {
    const via = links.find(({ address }) => familyOf(address) === family)?.gateway
    return via === undefined ? [] : [['ip', 'route', 'add', text, 'via', via, 'dev', 'eth0']]
  })
  return [...toGateways, ...beyond]
}

function gatewaysFor({ links }: PlannedExternalHost): readonly (readonly string[])[] {
  return links.flatMap((link) =>
    isAlone(link)
      ? [
          ['ip', 'address', 'replace', hostPrefix(link.gateway), 'dev', 'eth1'],
          ['ip', 'route', 'replace', hostPrefix(link.address), 'dev', 'eth1'],
        ]
      : [addAddress(link.gateway, link.prefixLength, 'eth1')],
  )
}

function hostPrefix(address: string): string {
  return `${address}/${familyOf(address) === 4 ? 32 : 128}`
}

/** A node as the API shows it. */
export interface NodeAddresses {
  readonly name: string
  readonly addresses: readonly string[]
  readonly podCidrs: readonly string[]
}

/**
 * The router's way to the pods: by way of each pod's node, where nodes have their parts of the pod CIDRs from Kubernetes (kind's own
 * network plugin); where the plugin gives them out itself, by way of
 * one node, which knows the others.
 */
export function routesToPods(profile: ClusterProfile, nodes: readonly NodeAddresses[]): readonly (readonly string[])[] {
  if (!profile.routerKnowsPods) return []
  const byNode =
    profile.kind.cni === 'default' ? nodes : nodes.slice(-1).map((node) => ({ ...node, podCidrs: profile.podCidrs }))
  return byNode.flatMap(({ addresses, podCidrs }) =>
    podCidrs.flatMap((cidr) => {
      const { family, text } = parseCidr(cidr)
      const via = addresses.find((address) => familyOf(address) === family)
      return via === undefined ? [] : [['ip', 'route', 'replace', text, 'via', via, 'dev', 'eth0']]
    }),
  )
}

/** Makes the router the nodes' only way beyond their subnet, so that nothing they send leaves the cluster's networks. */
export function routesOfNode(router: PlannedRouter): readonly (readonly string[])[] {
  return router.addresses.map((via) => [
    ...['ip', familyOf(via) === 4 ? '-4' : '-6', 'route', 'replace', 'default', 'via', via, 'dev', 'eth0'],
  ])
}
