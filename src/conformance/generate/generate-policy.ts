import type { V1IPBlock, V1NetworkPolicyPeer, V1NetworkPolicyPort } from '@kubernetes/client-node'
import { addressToBigInt, bigIntToAddress, familyOf } from '../../../helpers/cidr.ts'
import type { PolicyObject } from '../../oracle/objects.ts'
import { type AddressOf, NAMESPACES, PODS } from '../conformance-case.ts'
import { generateSelector } from './generate-selector.ts'
import type { Random } from './random.ts'
import { namespaceVocabulary, podVocabulary } from './vocabulary.ts'

/** A policy that the API accepts. */
export function generatePolicy(random: Random, name: string, addressOf: AddressOf): PolicyObject {
  const hasIngress = random.chance(0.75)
  const hasEgress = random.chance(0.5)
  const types = random.pick([undefined, ['Ingress'], ['Egress'], ['Ingress', 'Egress']])
  const rules = () => random.times(random.integer(0, 3), () => generateRule(random, addressOf))
  return {
    metadata: { namespace: random.pick(NAMESPACES), name },
    spec: {
      podSelector: random.chance(0.4) ? {} : generateSelector(random, podVocabulary),
      ...(types && { policyTypes: types }),
      ...(hasIngress && { ingress: rules().map(({ peers, ports }) => ({ ...(peers && { from: peers }), ...ports })) }),
      ...(hasEgress && { egress: rules().map(({ peers, ports }) => ({ ...(peers && { to: peers }), ...ports })) }),
    },
  }
}

interface GeneratedRule {
  readonly peers: V1NetworkPolicyPeer[] | undefined
  readonly ports: { readonly ports?: V1NetworkPolicyPort[] }
}

/** Without a list, with an empty one, or with some. */
function generateRule(random: Random, addressOf: AddressOf): GeneratedRule {
  const peers = random.chance(0.15)
    ? undefined
    : random.times(random.integer(random.chance(0.1) ? 0 : 1, 3), () => generatePeer(random, addressOf))
  if (random.chance(0.4)) return { peers, ports: {} }
  return {
    peers,
    ports: { ports: random.times(random.integer(random.chance(0.1) ? 0 : 1, 3), () => generatePort(random)) },
  }
}

function generatePeer(random: Random, addressOf: AddressOf): V1NetworkPolicyPeer {
  const kind = random.pick(['pods', 'namespaces', 'both', 'block'])
  if (kind === 'block') return { ipBlock: generateBlock(random, addressOf) }
  return {
    ...(kind !== 'namespaces' && { podSelector: generateSelector(random, podVocabulary) }),
    ...(kind !== 'pods' && { namespaceSelector: generateSelector(random, namespaceVocabulary) }),
  }
}

function generatePort(random: Random): V1NetworkPolicyPort {
  const protocol = random.pick([undefined, 'TCP', 'UDP', 'SCTP'])
  const number = random.pick([80, 81, 79, 82])
  const port = random.pick<Omit<V1NetworkPolicyPort, 'protocol'>>([
    {},
    { port: number },
    { port: number },
    { port: random.integer(1, 80), endPort: random.integer(80, 65_535) },
    { port: number, endPort: number + random.integer(0, 2) },
    { port: random.pick(['serve-80-tcp', 'serve-81-tcp', 'serve-80-udp', 'serve-81-udp', 'serve-80-sctp', 'unknown']) },
  ])
  return { ...(protocol !== undefined && { protocol }), ...port }
}

/** Around the address of a pod, at times without some part of it. Host bits stay, as the API lets them. */
function generateBlock(random: Random, addressOf: AddressOf): V1IPBlock {
  const address = addressOf(random.pick(PODS as [string, ...string[]]))
  const bits = familyOf(address) === 4 ? 32 : 128
  const length = random.pick([0, 4, bits - 16, bits - 8, bits - 6, bits - 2, bits - 1, bits])
  const cidr = random.chance(0.3) ? `${address}/${length}` : networkOf(address, length)
  if (length === bits || random.chance(0.4)) return { cidr }
  const except = random
    .times(random.integer(1, 2), () => addressOf(random.pick(PODS as [string, ...string[]])))
    .filter((other) => networkOf(other, length) === networkOf(address, length))
    .map((other) => networkOf(other, random.integer(length + 1, bits)))
  return { cidr, ...(except.length > 0 && { except }) }
}

function networkOf(address: string, length: number): string {
  const family = familyOf(address)
  const shift = BigInt((family === 4 ? 32 : 128) - length)
  return `${bigIntToAddress((addressToBigInt(address) >> shift) << shift, family)}/${length}`
}
