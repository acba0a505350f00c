import { addressToBigInt, bigIntToAddress, familyOf, isAddress, parseCidr } from '../../../helpers/cidr.ts'
import { messageOf } from '../../errors.ts'
import { checkPublicKey } from './key-pair.ts'
import { publicKeyAnnotation } from './names.ts'

/** What is read of a Node object; the types of `@kubernetes/client-node` fit. */
export interface NodeObject {
  readonly metadata?: {
    readonly name?: string
    readonly resourceVersion?: string
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec?: { readonly podCIDR?: string; readonly podCIDRs?: readonly string[] }
  readonly status?: { readonly addresses?: readonly { readonly type: string; readonly address: string }[] }
}

/** What is read of a Pod object. */
export interface PodObject {
  readonly metadata?: {
    readonly name?: string
    readonly namespace?: string
    readonly resourceVersion?: string
    readonly creationTimestamp?: string | Date
  }
  readonly spec?: { readonly nodeName?: string; readonly hostNetwork?: boolean }
  readonly status?: {
    readonly phase?: string
    readonly podIP?: string
    readonly podIPs?: readonly { readonly ip?: string }[]
  }
}

/** A node with what a tunnel to it needs. */
export interface NodeFacts {
  readonly name: string
  /** Its InternalIPs, IPv4 first. */
  readonly addresses: readonly string[]
  readonly podCidrs: readonly string[]
  /** Undefined when it has published none, or none that can be used. */
  readonly publicKey: string | undefined
  /** Addresses of the pods on it that have a network of their own; sorted. */
  readonly podAddresses: readonly string[]
}

export interface ClusterFacts {
  /** By name. */
  readonly nodes: readonly NodeFacts[]
  /** What is wrong with the objects, for the log. */
  readonly problems: readonly string[]
}

/** Never throws: an object that makes no sense is left out and named. */
export function readClusterFacts(nodes: Iterable<NodeObject>, pods: Iterable<PodObject>): ClusterFacts {
  const problems: string[] = []
  const nodeList = [...nodes]
  const ofNodes = new Set(nodeList.flatMap((node) => internalAddresses(node, problems)))
  const owners = ownersOf([...pods], ofNodes, problems)
  const facts = nodeList.map((node): NodeFacts => {
    const name = node.metadata?.name ?? ''
    return {
      name,
      addresses: internalAddresses(node, []).toSorted((a, b) => familyOf(a) - familyOf(b)),
      podCidrs: podCidrsOf(node, problems),
      publicKey: publicKeyIn(node, problems),
      podAddresses: [...owners].filter(([, owner]) => owner === name).map(([address]) => address),
    }
  })
  return { nodes: facts.sort((a, b) => (a.name < b.name ? -1 : 1)), problems }
}

function internalAddresses(node: NodeObject, problems: string[]): string[] {
  const internal = (node.status?.addresses ?? []).filter(({ type }) => type === 'InternalIP')
  return internal.flatMap(({ address }) => {
    if (isAddress(address)) return [canonical(address)]
    problems.push(`node "${node.metadata?.name ?? ''}": its InternalIP "${address}" is not an address`)
    return []
  })
}

function podCidrsOf({ metadata, spec }: NodeObject, problems: string[]): string[] {
  return (spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : [])).flatMap((text) => {
    try {
      return [parseCidr(text).text]
    } catch (error) {
      problems.push(`node "${metadata?.name ?? ''}": pod CIDR ${messageOf(error)}`)
      return []
    }
  })
}

function publicKeyIn({ metadata }: NodeObject, problems: string[]): string | undefined {
  const text = metadata?.annotations?.[publicKeyAnnotation]
  if (text === undefined || text === '') return undefined
  try {
    return checkPublicKey(text, `node "${metadata?.name ?? ''}": annotation ${publicKeyAnnotation}`)
  } catch (error) {
    problems.push(messageOf(error))
    return undefined
  }
}

/** Which node each pod address is on. An address that two pods have belongs to the younger: the older is on its way out. */
function ownersOf(pods: readonly PodObject[], ofNodes: ReadonlySet<string>, problems: string[]): Map<string, string> {
  const owners = new Map<string, string>()
  for (const pod of pods.toSorted((a, b) => (ageKey(a) < ageKey(b) ? -1 : 1))) {
    const { nodeName } = pod.spec ?? {}
    if (!nodeName || pod.spec?.hostNetwork || isOver(pod)) continue
    for (const address of addressesOf(pod)) {
      const title = `pod ${pod.metadata?.namespace ?? 'default'}/${pod.metadata?.name ?? ''}`
      if (!isAddress(address)) problems.push(`${title}: "${address}" is not an address`)
      // A node's own address in an allowed-IPs list would send the tunnel's packets into the tunnel.
      else if (ofNodes.has(canonical(address))) problems.push(`${title}: ${address} is the address of a node`)
      else owners.set(canonical(address), nodeName)
    }
  }
  return new Map([...owners].sort(([a], [b]) => (sortKey(a) < sortKey(b) ? -1 : 1)))
}

function addressesOf({ status }: PodObject): string[] {
  const all = (status?.podIPs ?? []).flatMap(({ ip }) => (ip ? [ip] : []))
  return all.length > 0 || !status?.podIP ? all : [status.podIP]
}

function isOver({ status }: PodObject): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed'
}

function ageKey({ metadata }: PodObject): string {
  const created = metadata?.creationTimestamp ?? ''
  const time = created instanceof Date ? created.toISOString() : created
  return `${time} ${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`
}

/** RFC 5952, so that what `wg` and `ipset` print compares equal. */
export function canonical(address: string): string {
  return bigIntToAddress(addressToBigInt(address), familyOf(address))
}

function sortKey(address: string): string {
  return `${familyOf(address)} ${addressToBigInt(address).toString(16).padStart(32, '0')}`
}
