import { existsSync } from 'node:fs'
import ipaddr from 'ipaddr.js'
import { familyOf } from '../../../../helpers/cidr.ts'
import { inNamespaces } from '../../../../helpers/linux/namespaces.ts'
import { interfaceIndex } from '../../../../helpers/linux/system-calls.ts'
import { type MachineHandle, requireMachine } from './machines.ts'
import { exchange } from './netlink/exchange.ts'
import type { NetlinkRequest } from './netlink/message.ts'
import { addAddress, addBridge, addNeighbour, addRoute, addVeth, setUp } from './netlink/requests.ts'
import type { NetworkPlan, PlannedExternalHost } from './plan.ts'
import { writeSysctls } from './sysctl.ts'

/** Locally administered, and the same in every run: made of the last four bytes of the address. */
export function macOf(address: string): string {
  const bytes = ipaddr.parse(address).toByteArray().slice(-4)
  return ['02', '42', ...bytes.map((byte) => byte.toString(16).padStart(2, '0'))].join(':')
}

/**
 * The link-local address of a hardware address (RFC 4291, appendix A). Given explicitly, since the kernel's own comes late and
 * unasked; a forwarding host without one asks for no neighbour (`ndisc_send_ns`).
 */
function linkLocalOf(mac: string): string {
  const [first = 0, second = 0, ...rest] = mac.split(':').map((part) => Number.parseInt(part, 16))
  const bytes = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, first ^ 2, second, rest[0] ?? 0, 0xff, 0xfe, ...rest.slice(1)]
  return ipaddr.fromByteArray(bytes).toString()
}

/** None for an interface that has no IPv6 address otherwise. */
export function linkLocalAddress(device: number, mac: string, addresses: readonly string[]): NetlinkRequest[] {
  const hasIpv6 = addresses.some((address) => familyOf(address) === 6)
  return hasIpv6 ? [addAddress(device, `${linkLocalOf(mac)}/64`)] : []
}

export function defaultRoute(family: 4 | 6): string {
  return family === 4 ? '0.0.0.0/0' : '::/0'
}

export function hostPrefix(address: string): string {
  return `${address}/${familyOf(address) === 4 ? 32 : 128}`
}

/** Connects the machines as `src/cluster/profile.ts` describes it. Call in the cluster server's own network namespace. */
export function connectMachines(
  plan: NetworkPlan,
  machines: ReadonlyMap<string, MachineHandle>,
  router: MachineHandle,
): void {
  const bridge = makeBridge()
  const members = [router, ...[...plan.nodes, ...plan.outsiders].map((member) => requireMachine(machines, member.name))]
  exchange(
    members.map((member, index) =>
      addVeth({
        name: `port${index}`,
        master: bridge,
        peer: {
          name: uplinkOf(plan, member.name),
          mac: macOf(member.addresses[0] ?? ''),
          netnsFd: member.namespaces.net,
        },
      }),
    ),
  )
  connectExternalHosts(plan, machines, router)
  configureMembers(plan, machines, router)
}

function makeBridge(): number {
  // The bridge is a switch and nothing more: no address, no firewall on what it forwards.
  writeSysctls({ 'ipv6/conf/default/disable_ipv6': 1 })
  for (const name of ['iptables', 'ip6tables', 'arptables']) {
    const path = `bridge/bridge-nf-call-${name}`
    if (existsSync(`/proc/sys/net/${path}`)) writeSysctls({ [path]: 0 })
  }
  exchange([addBridge('nodes')])
  return interfaceIndex('nodes')
}

function configureMembers(
  plan: NetworkPlan,
  machines: ReadonlyMap<string, MachineHandle>,
  router: MachineHandle,
): void {
  const onSubnet = (eth0: number, addresses: readonly string[]): NetlinkRequest[] => [
    setUp(interfaceIndex('lo')),
    setUp(eth0),
    ...linkLocalAddress(eth0, macOf(addresses[0] ?? ''), addresses),
    ...plan.nodeSubnets.flatMap((subnet) =>
      addresses
        .filter((address) => familyOf(address) === subnet.family)
        .map((address) => addAddress(eth0, `${address}/${subnet.prefixLength}`)),
    ),
  ]
  const toPodsOf = (eth0: number, nodes: NetworkPlan['nodes']): NetlinkRequest[] =>
    nodes.flatMap((node) =>
      node.podCidrs.flatMap((cidr) => {
        const via = node.addresses.find((address) => familyOf(address) === cidr.family)
        return via === undefined ? [] : [addRoute({ to: cidr.text, via, device: eth0 })]
      }),
    )
  for (const node of plan.nodes) {
    const others = plan.nodes.filter((other) => other !== node)
    const requests = (uplink: number): NetlinkRequest[] => [
      ...onSubnet(uplink, node.addresses),
      ...plan.routerAddresses.map((via) => addRoute({ to: defaultRoute(familyOf(via)), via, device: uplink })),
      ...toPodsOf(uplink, others),
      ...node.podCidrs.map((cidr) => addRoute({ to: cidr.text })),
    ]
    inNetworkOf(requireMachine(machines, node.name), requests, plan.nodeInterface)
  }
  for (const outsider of plan.outsiders) {
    inNetworkOf(requireMachine(machines, outsider.name), (eth0) => onSubnet(eth0, outsider.addresses))
  }
  inNetworkOf(router, (eth0) => [
    ...onSubnet(eth0, plan.routerAddresses),
    ...(plan.routerKnowsPods ? toPodsOf(eth0, plan.nodes) : []),
  ])
}

/** A node's uplink has the name that the profile gives it; everybody else's is eth0. */
function uplinkOf(plan: NetworkPlan, name: string): string {
  return plan.nodes.some((node) => node.name === name) ? plan.nodeInterface : 'eth0'
}

function inNetworkOf(machine: MachineHandle, requests: (uplink: number) => NetlinkRequest[], uplink = 'eth0'): void {
  inNamespaces({ net: machine.namespaces.net }, () => exchange(requests(interfaceIndex(uplink))))
}

function connectExternalHosts(
  plan: NetworkPlan,
  machines: ReadonlyMap<string, MachineHandle>,
  router: MachineHandle,
): void {
  for (const [index, host] of plan.externalHosts.entries()) {
    const machine = requireMachine(machines, host.name)
    const name = `ext${index}`
    const mac = macOf(host.links[0]?.gateway ?? '')
    const peerMac = macOf(host.addresses[0] ?? '')
    inNamespaces({ net: router.namespaces.net }, () => {
      exchange([addVeth({ name, mac, peer: { name: 'eth0', mac: peerMac, netnsFd: machine.namespaces.net } })])
      exchange(routerSide(interfaceIndex(name), host, mac, peerMac))
    })
    inNetworkOf(machine, (eth0) => hostSide(eth0, host, mac))
  }
}

function isAlone(link: PlannedExternalHost['links'][number]): boolean {
  return link.prefixLength === (familyOf(link.address) === 4 ? 32 : 128)
}

function routerSide(device: number, host: PlannedExternalHost, mac: string, peerMac: string): NetlinkRequest[] {
  const links = host.links.flatMap((link) =>
    isAlone(link)
      ? [addRoute({ to: hostPrefix(link.address), device }), addNeighbour(device, link.address, peerMac)]
      : [addAddress(device, `${link.gateway}/${link.prefixLength}`)],
  )
  return [...linkLocalAddress(device, mac, host.addresses), ...links]
}

function hostSide(eth0: number, host: PlannedExternalHost, routerMac: string): NetlinkRequest[] {
  const links = host.links.map((link) => addAddress(eth0, `${link.address}/${link.prefixLength}`))
  // Several addresses that are alone on their network share one gateway.
  const loneGateways = new Set(host.links.filter(isAlone).map((link) => link.gateway))
  const gateways = [...loneGateways].flatMap((gateway) => [
    addRoute({ to: hostPrefix(gateway), device: eth0 }),
    addNeighbour(eth0, gateway, routerMac),
  ])
  const routes = host.routes.flatMap((route) => {
    const via = host.links.find((link) => familyOf(link.address) === route.family)?.gateway
    return via === undefined ? [] : [addRoute({ to: route.text, via, device: eth0 })]
  })
  const linkLocal = linkLocalAddress(eth0, macOf(host.addresses[0] ?? ''), host.addresses)
  return [setUp(interfaceIndex('lo')), setUp(eth0), ...linkLocal, ...links, ...gateways, ...routes]
}
