import { addressAt, type Cidr, cidrContains, familyOf, parseCidr } from '../../../../helpers/cidr.ts'
import type { ClusterProfile } from '../../../cluster/profile.ts'
import { invalidInput } from '../../../errors.ts'
import { planExternalHosts } from './plan-external-hosts.ts'
import { planPodCidrs } from './plan-pod-cidrs.ts'

export interface PlannedNode {
  readonly name: string
  readonly addresses: readonly string[]
  readonly podCidrs: readonly Cidr[]
}

export interface PlannedMachine {
  readonly name: string
  readonly addresses: readonly string[]
}

export interface PlannedExternalHost extends PlannedMachine {
  readonly links: readonly { readonly address: string; readonly prefixLength: number; readonly gateway: string }[]
  readonly routes: readonly Cidr[]
}

/** Who has which address: everything about the network that can be worked out before a single namespace exists. */
export interface NetworkPlan {
  readonly nodeSubnets: readonly Cidr[]
  /** The first address of each node subnet. */
  readonly routerAddresses: readonly string[]
  readonly routerKnowsPods: boolean
  /** What the nodes call their interface on the node subnets. */
  readonly nodeInterface: string
  readonly nodes: readonly PlannedNode[]
  readonly outsiders: readonly PlannedMachine[]
  readonly externalHosts: readonly PlannedExternalHost[]
}

/** @throws PacketproofError E_INVALID_INPUT naming the profile, the member of it, and what was expected. */
export function planNetwork(profile: ClusterProfile): NetworkPlan {
  const where = `cluster profile "${profile.name}"`
  const nodeSubnets = profile.nodeSubnets.map(parseCidr)
  rejectRepeatedFamilies(nodeSubnets, `${where}, nodeSubnets`)
  rejectRepeatedNames(profile, where)
  const routerAddresses = nodeSubnets.map((subnet) => addressAt(subnet, 1))
  const taken = new Set(routerAddresses)
  const members = [...profile.nodes, ...profile.outsiders]
  for (const member of members) {
    for (const address of member.addresses ?? []) {
      checkMemberAddress(address, nodeSubnets, taken, `${where}, "${member.name}"`)
      taken.add(canonical(address))
    }
  }
  const addressesOf = (member: { readonly name: string; readonly addresses?: readonly string[] | undefined }) =>
    nodeSubnets.map((subnet) => {
      const given = member.addresses?.find((address) => familyOf(address) === subnet.family)
      return given === undefined ? takeNext(subnet, taken, `${where}, "${member.name}"`) : canonical(given)
    })
  const podCidrs = planPodCidrs(profile, where)
  return {
    nodeSubnets,
    routerAddresses,
    routerKnowsPods: profile.routerKnowsPods,
    nodeInterface: profile.nodeInterface,
    nodes: profile.nodes.map((node, index) => ({
      name: node.name,
      addresses: addressesOf(node),
      podCidrs: podCidrs[index] ?? [],
    })),
    outsiders: profile.outsiders.map((outsider) => ({ name: outsider.name, addresses: addressesOf(outsider) })),
    externalHosts: planExternalHosts(profile, where, nodeSubnets),
  }
}

function canonical(address: string): string {
  return parseCidr(`${address}/${familyOf(address) === 4 ? 32 : 128}`).text.replace(/\/\d+$/, '')
}

function rejectRepeatedFamilies(cidrs: readonly Cidr[], where: string): void {
  if (new Set(cidrs.map((cidr) => cidr.family)).size === cidrs.length) return
  throw invalidInput(
    `${where}: expected at most one CIDR per address family, got ${cidrs.map((c) => c.text).join(', ')}`,
  )
}

function rejectRepeatedNames(profile: ClusterProfile, where: string): void {
  const seen = new Set(['router'])
  for (const { name } of [...profile.nodes, ...profile.outsiders, ...profile.externalHosts]) {
    if (!/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/.test(name)) {
      throw invalidInput(
        `${where}: "${name}" is not a host name: expected up to 63 lower-case letters, digits, "-" and "."`,
      )
    }
    if (seen.has(name)) {
      throw invalidInput(`${where}: the name "${name}" is taken${name === 'router' ? ' by the router' : ' twice'}`)
    }
    seen.add(name)
  }
}

function checkMemberAddress(address: string, subnets: readonly Cidr[], taken: Set<string>, where: string): void {
  const text = canonical(address)
  const subnet = subnets.find((candidate) => cidrContains(candidate, text))
  if (subnet === undefined) {
    throw invalidInput(`${where}: ${address} is not in the node subnets ${subnets.map((c) => c.text).join(', ')}`)
  }
  if (text === addressAt(subnet, 0)) throw invalidInput(`${where}: ${address} is the address of the network itself`)
  if (taken.has(text)) {
    const first = text === addressAt(subnet, 1) ? ' (the first address of a node subnet is the router’s)' : ''
    throw invalidInput(`${where}: the address ${address} is taken${first}`)
  }
}

function takeNext(subnet: Cidr, taken: Set<string>, where: string): string {
  const bits = (subnet.family === 4 ? 32 : 128) - subnet.prefixLength
  // Not the network address, not the router; for IPv4 not the broadcast address.
  const end = Math.min(2 ** bits - (subnet.family === 4 ? 1 : 0), 2 ** 20)
  for (let index = 2; index < end; index += 1) {
    const address = addressAt(subnet, index)
    if (taken.has(address)) continue
    taken.add(address)
    return address
  }
  throw invalidInput(`${where}: the node subnet ${subnet.text} has no free address left`)
}
