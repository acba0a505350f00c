import type { V1Pod } from '@kubernetes/client-node'
import { familyOf } from '../../helpers/cidr.ts'
import { invalidInput } from '../errors.ts'
import { hasEnded, isHostNetwork, keyOf, nameOf, type PolicyObjects } from './objects.ts'

/** Where a connection starts or ends. */
export type ProbeEnd =
  | { readonly kind: 'pod'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'node'; readonly name: string }
  /** An outsider, an external host, or any address that is neither a pod's nor a node's. */
  | { readonly kind: 'machine'; readonly name: string; readonly address?: string }

/** One end as a policy may see it: as a pod with labels, or as nothing but an address. */
export interface Party {
  /** `NAMESPACE/NAME` of a pod, else its own name. */
  readonly name: string
  readonly address: string
  /** Where selectors and policies apply to it. */
  readonly pod?: V1Pod
  /** The node that it is. */
  readonly node?: string
}

/** What a probe's end may be to a network plugin; several where the API leaves that open. Or why nothing can be said of it. */
export type Readings = readonly [Party, Party?] | { readonly unknown: string }

/** @throws PacketproofError E_INVALID_INPUT when the objects hold no such pod, node or machine. */
export function readEnd(objects: PolicyObjects, end: ProbeEnd, family: 4 | 6): Readings {
  if (end.kind === 'pod') return readPod(objects, `${end.namespace}/${end.name}`, family)
  const addresses = end.kind === 'node' ? addressesOfNode(objects, end.name) : addressesOfMachine(objects, end)
  const address = addresses.find((each) => familyOf(each) === family)
  if (address === undefined) return { unknown: `${end.name} has no IPv${family} address` }
  return [{ name: end.name, address, ...(end.kind === 'node' && { node: end.name }) }]
}

/**
 * A pod on its node's network is either a pod like any other or, for most plugins, nothing but its node
 * (kubernetes.io, Network Policies, "NetworkPolicy and hostNetwork pods").
 */
function readPod(objects: PolicyObjects, key: string, family: 4 | 6): Readings {
  const pod = objects.pods.find((each) => keyOf(each) === key)
  if (pod === undefined) throw invalidInput(`there is no pod ${key} among the objects`)
  if (hasEnded(pod)) return { unknown: `${key} has ended` }
  const address = addressesOfPod(pod).find((each) => familyOf(each) === family)
  if (address === undefined) return { unknown: `${key} has no IPv${family} address` }
  const asPod = { name: key, address, pod }
  if (!isHostNetwork(pod)) return [asPod]
  return [asPod, { name: key, address, node: pod.spec?.nodeName ?? '' }]
}

export function addressesOfPod(pod: V1Pod): readonly string[] {
  const { podIPs = [], podIP } = pod.status ?? {}
  const listed = podIPs.flatMap(({ ip }) => (ip === undefined ? [] : [ip]))
  return listed.length > 0 || podIP === undefined ? listed : [podIP]
}

function addressesOfNode(objects: PolicyObjects, name: string): readonly string[] {
  const node = objects.nodes?.find((each) => nameOf(each) === name)
  if (node === undefined) throw invalidInput(`there is no node ${name} among the objects`)
  return (node.status?.addresses ?? []).flatMap(({ type, address }) => (type === 'InternalIP' ? [address] : []))
}

function addressesOfMachine(objects: PolicyObjects, end: { name: string; address?: string }): readonly string[] {
  if (end.address !== undefined) return [end.address]
  const machine = objects.machines?.find(({ name }) => name === end.name)
  if (machine === undefined) throw invalidInput(`there is no machine ${end.name} among the objects, and no address`)
  return machine.addresses
}
