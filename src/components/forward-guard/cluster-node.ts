import { type Cidr, familyOf, isAddress, parseCidr } from '../../../helpers/cidr.ts'
import { invalidInput, messageOf } from '../../errors.ts'
import type { IpFamily } from './guard-rule.ts'

/** What the guard reads of a Node object; the types of `@kubernetes/client-node` fit. */
export interface NodeObject {
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly resourceVersion?: string }
  readonly spec?: { readonly podCIDR?: string; readonly podCIDRs?: readonly string[] }
  readonly status?: { readonly addresses?: readonly { readonly type: string; readonly address: string }[] }
}

/** A node in one address family. */
export interface ClusterNode {
  readonly name: string
  /** Its InternalIPs; at least one. */
  readonly addresses: readonly string[]
  readonly podCidrs: readonly Cidr[]
}

/**
 * The nodes as the guard of one family needs them, by name.
 * @throws PacketproofError E_INVALID_INPUT for a list that would shut nodes out: an empty one, a node without an InternalIP
 * of the family, an address or pod CIDR that is none.
 */
export function clusterNodesOf(objects: Iterable<NodeObject>, family: IpFamily): readonly ClusterNode[] {
  const nodes = [...objects].map((object, index) => clusterNodeOf(object, index, family))
  if (nodes.length === 0) {
    throw invalidInput('the cluster has no nodes: with an empty set, the guard would reject the traffic of every node')
  }
  return nodes.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function clusterNodeOf(object: NodeObject, index: number, family: IpFamily): ClusterNode {
  const name = object.metadata?.name
  if (!name) throw invalidInput(`node ${index + 1} of the list has no metadata.name`)
  const all = (object.status?.addresses ?? []).filter(({ type }) => type === 'InternalIP')
  for (const { address } of all) {
    if (!isAddress(address)) throw invalidInput(`node ${name}: its InternalIP "${address}" is not an address`)
    if (/^[0:.]+$/.test(address)) throw invalidInput(`node ${name}: its InternalIP ${address} is no address of a node`)
  }
  const addresses = all.map(({ address }) => address).filter((address) => familyOf(address) === family)
  if (addresses.length === 0) {
    const others = all.length === 0 ? 'none at all' : `only ${all.map(({ address }) => address).join(', ')}`
    throw invalidInput(`node ${name} has no IPv${family} InternalIP (it has ${others}): the guard would shut it out`, {
      hint: `kubectl get node ${name} -o jsonpath='{.status.addresses}' shows what the kubelet reports`,
    })
  }
  const { podCIDRs, podCIDR } = object.spec ?? {}
  const texts = podCIDRs ?? (podCIDR ? [podCIDR] : [])
  const podCidrs = texts.map((text) => readPodCidr(text, `node ${name}`)).filter((cidr) => cidr.family === family)
  return { name, addresses, podCidrs }
}

/** @throws PacketproofError E_INVALID_INPUT, which begins with whose CIDR it is. */
export function readPodCidr(text: string, owner: string): Cidr {
  let cidr: Cidr
  try {
    cidr = parseCidr(text)
  } catch (error) {
    throw invalidInput(`${owner}: pod CIDR ${messageOf(error)}`, { cause: error })
  }
  if (cidr.prefixLength === 0)
    throw invalidInput(`${owner}: pod CIDR ${text} is every address: nothing would be guarded`)
  return cidr
}
