import { createHash } from 'node:crypto'
import { familyOf } from '../../../../helpers/cidr.ts'
import { createNamespaces, inNamespaces, type NamespaceSet } from '../../../../helpers/linux/namespaces.ts'
import { interfaceIndex, setHostname } from '../../../../helpers/linux/system-calls.ts'
import type { MachineHandle } from './machines.ts'
import { exchange } from './netlink/exchange.ts'
import type { NetlinkRequest } from './netlink/message.ts'
import { addAddress, addNeighbour, addRoute, addVeth, setUp } from './netlink/requests.ts'
import { defaultRoute, hostPrefix, linkLocalAddress, macOf } from './network.ts'
import { writeCommonSysctls, writeSysctls } from './sysctl.ts'

/** As Calico has it: every node end has the same hardware address, and a pod's gateway is link-local. */
const NODE_END_MAC = 'ee:ee:ee:ee:ee:ee'
const GATEWAYS = { 4: '169.254.1.1', 6: 'fe80::ecee:eeff:feee:eeee' } as const

export interface PodNetwork {
  readonly id: string
  readonly node: MachineHandle
  readonly hostname: string
  readonly addresses: readonly string[]
  /** The node's end of the veth pair. */
  readonly hostInterface: string
  readonly namespaces: NamespaceSet
}

export type PodNetworkSpec = Omit<PodNetwork, 'namespaces'> & { readonly hasIpv6: boolean }

/** @param podName `NAMESPACE.POD` */
export function hostInterfaceOf(podName: string): string {
  return `cali${createHash('sha1').update(podName).digest('hex').slice(0, 11)}`
}

/** Makes the network and UTS namespaces of pods, and their veth pairs: one exchange with the kernel per node and pod. */
export function createPodNetworks(specs: readonly PodNetworkSpec[]): PodNetwork[] {
  const pods = specs.map((spec): PodNetwork => {
    const { set } = createNamespaces(['net', 'uts', 'ipc'], () => {
      setHostname(spec.hostname)
      writeCommonSysctls(spec.hasIpv6)
    })
    return { ...spec, namespaces: set }
  })
  for (const node of new Set(pods.map((pod) => pod.node))) {
    const own = pods.filter((pod) => pod.node === node)
    inNamespaces({ net: node.namespaces.net }, () => {
      exchange(own.map(vethOf))
      for (const pod of own) writeSysctls({ [`ipv4/conf/${pod.hostInterface}/proxy_arp`]: 1 })
      exchange(own.flatMap(nodeSide))
    })
  }
  for (const pod of pods) inNamespaces({ net: pod.namespaces.net ?? -1 }, () => exchange(podSide(pod)))
  return pods
}

function podMac(pod: PodNetwork): string {
  return macOf(pod.addresses[0] ?? '')
}

function vethOf(pod: PodNetwork): NetlinkRequest {
  return addVeth({
    name: pod.hostInterface,
    mac: NODE_END_MAC,
    peer: { name: 'eth0', mac: podMac(pod), netnsFd: pod.namespaces.net ?? -1 },
  })
}

function nodeSide(pod: PodNetwork): NetlinkRequest[] {
  const device = interfaceIndex(pod.hostInterface)
  return [
    ...linkLocalAddress(device, NODE_END_MAC, pod.addresses),
    ...pod.addresses.flatMap((address) => [
      addRoute({ to: hostPrefix(address), device }),
      addNeighbour(device, address, podMac(pod)),
    ]),
  ]
}

function podSide(pod: PodNetwork): NetlinkRequest[] {
  const device = interfaceIndex('eth0')
  return [
    setUp(interfaceIndex('lo')),
    setUp(device),
    ...linkLocalAddress(device, podMac(pod), pod.addresses),
    ...pod.addresses.flatMap((address) => {
      const gateway = GATEWAYS[familyOf(address)]
      return [
        addAddress(device, hostPrefix(address)),
        addNeighbour(device, gateway, NODE_END_MAC),
        addRoute({ to: hostPrefix(gateway), device }),
        addRoute({ to: defaultRoute(familyOf(address)), via: gateway, device }),
      ]
    }),
  ]
}
