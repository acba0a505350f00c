import { familyOf } from '../../../helpers/cidr.ts'
import { invalidInput } from '../../errors.ts'
import { type ClusterFacts, canonical, type NodeFacts } from './cluster-facts.ts'
import { deviceName, type IpFamily } from './names.ts'
import type { ShownLink } from './observe.ts'
import type { DesiredNode } from './plan-node.ts'
import { planPeers } from './plan-peers.ts'

export interface DesireOptions {
  readonly nodeName: string | undefined
  readonly interface: string | undefined
  readonly strict: boolean
  readonly strictCidrs: readonly string[]
  readonly keepaliveSeconds: number
}

export interface Desire {
  readonly self: NodeFacts
  readonly node: DesiredNode
  readonly problems: readonly string[]
}

/**
 * What a machine is to have, from the cluster's objects and the machine's interfaces.
 * @param publicKey of the machine's own key; undefined when it is not known
 * @param accepted see `planPeers`
 * @throws PacketproofError E_INVALID_INPUT when the machine is no node, or has no way to the others.
 */
export function desiredNode(
  facts: ClusterFacts,
  links: readonly ShownLink[],
  publicKey: string | undefined,
  options: DesireOptions,
  accepted?: ReadonlyMap<string, string>,
): Desire {
  const self = ownNode(facts.nodes, links, options.nodeName)
  const uplink = uplinkOf(self, links, options.interface)
  const { peers, problems } = planPeers(self.name, publicKey ?? self.publicKey, facts.nodes, accepted)
  const families = familiesOf(self)
  const cidrs = options.strictCidrs.length > 0 ? options.strictCidrs : facts.nodes.flatMap(({ podCidrs }) => podCidrs)
  if (options.strict && cidrs.length === 0) {
    throw invalidInput('strict mode needs to know the addresses of pods, and no Node has a pod CIDR', {
      hint: 'name them: --strict-cidr CIDR',
    })
  }
  return {
    self,
    problems: [...facts.problems, ...problems],
    node: {
      families,
      uplink,
      publicKey,
      peers,
      peerPodCidrs: facts.nodes
        .filter(({ name }) => peers.some(({ node }) => node === name))
        .flatMap((n) => n.podCidrs),
      keepaliveSeconds: options.keepaliveSeconds,
      strict: options.strict ? { cidrs: [...new Set(cidrs)].sort(), localCidrs: self.podCidrs } : undefined,
    },
  }
}

/** The address families of a node; of all of them where it is not known which one this machine is. */
export function familiesFor(nodes: readonly NodeFacts[], name: string | undefined): readonly IpFamily[] {
  const own = nodes.find((node) => node.name === name)
  return own === undefined ? [...new Set(nodes.flatMap(familiesOf))] : familiesOf(own)
}

function familiesOf({ podCidrs, addresses }: NodeFacts): readonly IpFamily[] {
  const all = podCidrs.length > 0 ? podCidrs : addresses
  return [...new Set(all.map(familyOf))].sort((a, b) => a - b)
}

function ownNode(nodes: readonly NodeFacts[], links: readonly ShownLink[], wanted: string | undefined): NodeFacts {
  const known = nodes.map(({ name }) => name).join(', ') || 'none'
  if (wanted !== undefined) {
    const found = nodes.find(({ name }) => name === wanted)
    if (found !== undefined) return found
    throw invalidInput(`this node, ${wanted}, is not among the cluster's nodes (${known})`)
  }
  const own = new Set(links.flatMap(({ addresses }) => addresses.map(canonical)))
  const found = nodes.filter(({ addresses }) => addresses.some((address) => own.has(address)))
  if (found[0] !== undefined && found.length === 1) return found[0]
  throw invalidInput(
    `which of the cluster's nodes (${known}) is this machine? ${found.length} of them have an address of it`,
    {
      hint: 'say it: --node NAME',
    },
  )
}

function uplinkOf(self: NodeFacts, links: readonly ShownLink[], wanted: string | undefined): ShownLink {
  const others = links.filter(({ name }) => name !== 'lo' && name !== deviceName)
  const names = others.map(({ name }) => name).join(', ')
  const own = new Set(self.addresses)
  const found = others.find((link) =>
    wanted === undefined ? link.addresses.some((address) => own.has(canonical(address))) : link.name === wanted,
  )
  if (found !== undefined) return found
  if (wanted !== undefined) throw invalidInput(`there is no interface ${wanted}: this machine has ${names}`)
  throw invalidInput(
    `no interface has the address of node ${self.name} (${self.addresses.join(', ')}): there are ${names}`,
    {
      hint: 'say which one leads to the other nodes: --interface NAME',
    },
  )
}
