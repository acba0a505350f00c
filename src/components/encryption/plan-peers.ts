import { familyOf } from '../../../helpers/cidr.ts'
import type { NodeFacts } from './cluster-facts.ts'
import { listenPort } from './names.ts'

/** One other node, as WireGuard is to know it. */
export interface Peer {
  readonly node: string
  readonly publicKey: string
  /** `172.18.0.3:51871`, `[fd00::3]:51871`. */
  readonly endpoint: string
  /** A prefix of one address for each pod; sorted. */
  readonly allowedIps: readonly string[]
}

export interface PeerPlan {
  readonly peers: readonly Peer[]
  /** Why nodes are no peers, though one would expect them to be. */
  readonly problems: readonly string[]
}

/**
 * The peers of a node: every other node that has published a key and has an address. The nodes' own addresses are never among
 * the allowed IPs: with the rule for the mark, the tunnel's packets to them would go into the tunnel.
 * @param accepted which node each key has belonged to so far: a second node with the key of a first is refused, whatever its name.
 */
export function planPeers(
  self: string,
  ownKey: string | undefined,
  nodes: readonly NodeFacts[],
  accepted: ReadonlyMap<string, string> = new Map(),
): PeerPlan {
  const owners = new Map<string, string>(ownKey === undefined ? [] : [[ownKey, self]])
  const problems: string[] = []
  const others = nodes.filter(({ name }) => name !== self)
  const holdsKey = ({ publicKey, name }: NodeFacts): boolean =>
    publicKey !== undefined && accepted.get(publicKey) === name
  const peers = [...others.filter(holdsKey), ...others.filter((node) => !holdsKey(node))].flatMap((node): Peer[] => {
    const { name, publicKey, podAddresses } = node
    const [address] = node.addresses
    if (publicKey === undefined) return []
    if (address === undefined) {
      problems.push(`node "${name}" has a public key and no InternalIP: it cannot be a peer`)
      return []
    }
    const owner = owners.get(publicKey)
    if (owner !== undefined) {
      problems.push(`detected duplicate public key. node "${name}" uses same key as existing node "${owner}"`)
      return []
    }
    owners.set(publicKey, name)
    return [{ node: name, publicKey, endpoint: endpointOf(address), allowedIps: podAddresses.map(hostPrefix) }]
  })
  return { peers: peers.sort((a, b) => (a.node < b.node ? -1 : 1)), problems }
}

function endpointOf(address: string): string {
  return familyOf(address) === 4 ? `${address}:${listenPort}` : `[${address}]:${listenPort}`
}

function hostPrefix(address: string): string {
  return `${address}/${familyOf(address) === 4 ? 32 : 128}`
}
