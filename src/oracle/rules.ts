import type { V1NetworkPolicyPeer, V1NetworkPolicyPort, V1Pod } from '@kubernetes/client-node'
import { invalidInput } from '../errors.ts'
import { isInBlock } from './ip-block.ts'
import { selects } from './label-selector.ts'
import { labelsOfNamespace, namespaceOf, type PolicyObjects, type PolicyPort } from './objects.ts'
import type { Party } from './party.ts'

/**
 * Whether a rule's peers (`from`, `to`) include the other end. No peers include everybody.
 * @throws PacketproofError E_INVALID_INPUT for a peer that the API refuses.
 */
export function includesPeer(
  objects: PolicyObjects,
  policyNamespace: string,
  peers: readonly V1NetworkPolicyPeer[] | undefined,
  party: Party,
): boolean {
  if (peers === undefined || peers.length === 0) return true
  return peers.some((peer) => isPeer(objects, policyNamespace, peer, party))
}

function isPeer(objects: PolicyObjects, policyNamespace: string, peer: V1NetworkPolicyPeer, party: Party): boolean {
  const { ipBlock, podSelector, namespaceSelector } = peer
  const hasSelector = podSelector !== undefined || namespaceSelector !== undefined
  if (hasSelector === (ipBlock !== undefined)) {
    throw invalidInput('a peer of a NetworkPolicy is either an ipBlock or selectors: expected one of the two')
  }
  if (ipBlock !== undefined) return isInBlock(ipBlock, party.address)
  if (party.pod === undefined) return false
  const namespace = namespaceOf(party.pod)
  // Without a namespaceSelector a podSelector speaks of the policy's own namespace.
  const isInNamespace =
    namespaceSelector === undefined
      ? namespace === policyNamespace
      : selects(namespaceSelector, labelsOfNamespace(objects.namespaces, namespace))
  return isInNamespace && (podSelector === undefined || selects(podSelector, party.pod.metadata?.labels ?? {}))
}

/** Whether a rule's `ports` include that port of the destination. No ports include all of them. */
export function includesPort(
  ports: readonly V1NetworkPolicyPort[] | undefined,
  { protocol, port }: PolicyPort,
  destination: V1Pod | undefined,
): boolean {
  if (ports === undefined || ports.length === 0) return true
  return ports.some((item) => {
    if ((item.protocol ?? 'TCP') !== protocol.toUpperCase()) return false
    if (item.port === undefined) return true
    if (typeof item.port === 'number') return item.port <= port && port <= (item.endPort ?? item.port)
    return namedPorts(destination, item.port, protocol).includes(port)
  })
}

/** The numbers that a pod's containers, and sidecars, give to a name for a protocol. */
export function namedPorts(pod: V1Pod | undefined, name: string, protocol: PolicyPort['protocol']): readonly number[] {
  const sidecars = (pod?.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  return [...(pod?.spec?.containers ?? []), ...sidecars]
    .flatMap(({ ports = [] }) => ports)
    .filter((port) => port.name === name && (port.protocol ?? 'TCP') === protocol.toUpperCase())
    .map(({ containerPort }) => containerPort)
}
