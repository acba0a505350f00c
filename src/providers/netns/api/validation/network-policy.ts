import type { V1IPBlock, V1NetworkPolicyPeer, V1NetworkPolicyPort, V1NetworkPolicySpec } from '@kubernetes/client-node'
import { type Cidr, cidrContains, parseCidr } from '../../../../../helpers/cidr.ts'
import type { Problems } from '../problems.ts'
import type { Wire } from '../wire.ts'
import { validateLabelSelector } from './label-selector.ts'
import { checkPortName, checkPortNumber } from './names.ts'

const protocols = ['SCTP', 'TCP', 'UDP']
const policyTypes = ['Egress', 'Ingress']

/** As ValidateNetworkPolicySpec of k8s.io/kubernetes/pkg/apis/networking/validation. */
export function validateNetworkPolicy(spec: Wire<V1NetworkPolicySpec>, problems: Problems): void {
  validateLabelSelector(spec.podSelector ?? {}, 'spec.podSelector', problems)
  for (const [index, rule] of (spec.ingress ?? []).entries()) {
    validateRule(rule.ports ?? [], rule.from ?? [], `spec.ingress[${index}]`, 'from', problems)
  }
  for (const [index, rule] of (spec.egress ?? []).entries()) {
    validateRule(rule.ports ?? [], rule.to ?? [], `spec.egress[${index}]`, 'to', problems)
  }
  const types = spec.policyTypes ?? []
  if (types.length > 2) problems.invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')
  for (const [index, type] of types.entries()) {
    if (!policyTypes.includes(type)) problems.notSupported(`spec.policyTypes[${index}]`, type, policyTypes)
  }
}

function validateRule(
  ports: readonly Wire<V1NetworkPolicyPort>[],
  peers: readonly Wire<V1NetworkPolicyPeer>[],
  path: string,
  side: 'from' | 'to',
  problems: Problems,
): void {
  for (const [index, port] of ports.entries()) validatePort(port, `${path}.ports[${index}]`, problems)
  for (const [index, peer] of peers.entries()) validatePeer(peer, `${path}.${side}[${index}]`, problems)
}

function validatePort(port: Wire<V1NetworkPolicyPort>, path: string, problems: Problems): void {
  const protocol = port.protocol ?? 'TCP'
  if (!protocols.includes(protocol)) problems.notSupported(`${path}.protocol`, protocol, protocols)
  if (typeof port.port === 'number') problems.invalidEach(`${path}.port`, port.port, checkPortNumber(port.port))
  if (typeof port.port === 'string') problems.invalidEach(`${path}.port`, port.port, checkPortName(port.port))
  if (port.endPort === undefined) return
  if (typeof port.port === 'number') {
    if (port.endPort < port.port) {
      problems.invalid(`${path}.endPort`, port.endPort, 'must be greater than or equal to `port`')
    }
    problems.invalidEach(`${path}.endPort`, port.endPort, checkPortNumber(port.endPort))
  } else if (typeof port.port === 'string') {
    problems.invalid(`${path}.endPort`, port.endPort, 'may not be specified when `port` is non-numeric')
  } else problems.required(`${path}.port`, 'must be specified when endPort is specified')
}

function validatePeer(peer: Wire<V1NetworkPolicyPeer>, path: string, problems: Problems): void {
  const selects = peer.podSelector !== undefined || peer.namespaceSelector !== undefined
  if (peer.podSelector !== undefined) validateLabelSelector(peer.podSelector, `${path}.podSelector`, problems)
  if (peer.namespaceSelector !== undefined) {
    validateLabelSelector(peer.namespaceSelector, `${path}.namespaceSelector`, problems)
  }
  if (peer.ipBlock !== undefined) validateIpBlock(peer.ipBlock, `${path}.ipBlock`, problems)
  if (!selects && peer.ipBlock === undefined) problems.required(path, 'must specify a peer')
  else if (selects && peer.ipBlock !== undefined) {
    problems.forbidden(path, 'may not specify both ipBlock and another peer')
  }
}

function validateIpBlock(block: Wire<V1IPBlock>, path: string, problems: Problems): void {
  if ((block.cidr ?? '') === '') {
    problems.required(`${path}.cidr`)
    return
  }
  const outer = readCidr(block.cidr)
  if (outer === undefined) problems.invalid(`${path}.cidr`, block.cidr, CIDR_ERROR)
  for (const [index, except] of (block.except ?? []).entries()) {
    const at = `${path}.except[${index}]`
    const inner = readCidr(except)
    if (inner === undefined) problems.invalid(at, except, CIDR_ERROR)
    else if (outer !== undefined && !isStrictlyInside(inner, outer)) {
      problems.invalid(at, except, 'must be a strict subset of `cidr`')
    }
  }
}

const CIDR_ERROR = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'

/** The API takes CIDRs with host bits set; so does this. */
function readCidr(text: string): Cidr | undefined {
  try {
    return parseCidr(text)
  } catch {
    return readCidrWithHostBits(text)
  }
}

function readCidrWithHostBits(text: string): Cidr | undefined {
  try {
    const [address = '', length = ''] = text.split('/')
    const host = parseCidr(`${address}/${address.includes(':') ? 128 : 32}`)
    if (!/^\d{1,3}$/.test(length) || Number(length) > host.prefixLength) return undefined
    const shift = BigInt(host.prefixLength - Number(length))
    return { ...host, text, network: (host.network >> shift) << shift, prefixLength: Number(length) }
  } catch {
    return undefined
  }
}

function isStrictlyInside(inner: Cidr, outer: Cidr): boolean {
  return inner.prefixLength > outer.prefixLength && cidrContains(outer, inner.text.split('/')[0] ?? '')
}
