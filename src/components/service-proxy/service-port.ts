import type { V1Service } from '@kubernetes/client-node'
import { familyOf, isAddress } from '../../../helpers/cidr.ts'
import { invalidInput } from '../../errors.ts'

export type IpFamily = 4 | 6
export type Protocol = 'tcp' | 'udp' | 'sctp'

/** One port of a Service in one address family: what kube-proxy makes rules for. */
export interface ServicePort {
  /** `NAMESPACE/NAME`. */
  readonly service: string
  /** The port's name; empty for an unnamed one. */
  readonly portName: string
  readonly protocol: Protocol
  readonly clusterIp: string
  readonly port: number
  readonly nodePort: number | undefined
  readonly externalIps: readonly string[]
  readonly loadBalancerIps: readonly string[]
  readonly loadBalancerSourceRanges: readonly string[]
  readonly healthCheckNodePort: number | undefined
  /** Seconds for which a client keeps its endpoint; undefined: no affinity. */
  readonly affinitySeconds: number | undefined
  readonly isInternalLocal: boolean
  readonly isExternalLocal: boolean
}

/** Of Services that another proxy takes care of (kube-proxy leaves them alone, too). */
const OTHER_PROXY = 'service.kubernetes.io/service-proxy-name'
const DEFAULT_AFFINITY_SECONDS = 10_800

/** `NAMESPACE/NAME:PORT`, as it is in comments and in the chains' hashes. */
export function printServicePort({ service, portName }: Pick<ServicePort, 'service' | 'portName'>): string {
  return portName === '' ? service : `${service}:${portName}`
}

/**
 * The ports of a Service; none for one without a cluster IP of the family (headless, ExternalName), or with another proxy.
 * @throws PacketproofError E_INVALID_INPUT that names the Service and the field.
 */
export function servicePortsOf(service: V1Service, family: IpFamily): readonly ServicePort[] {
  const { metadata, spec = {}, status } = service
  const name = `${metadata?.namespace ?? 'default'}/${metadata?.name ?? ''}`
  const clusterIps = spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP])
  if (spec.type === 'ExternalName' || clusterIps.includes('None')) return []
  if (metadata?.labels?.[OTHER_PROXY] !== undefined) return []
  for (const address of clusterIps) {
    if (address !== '' && !isAddress(address)) throw refuse(name, 'spec.clusterIPs', address, 'an IP address')
  }
  const clusterIp = clusterIps.find((address) => address !== '' && familyOf(address) === family)
  if (clusterIp === undefined) return []
  const isExposed = spec.type === 'NodePort' || spec.type === 'LoadBalancer'
  const ofFamily = (addresses: readonly (string | undefined)[]): readonly string[] =>
    addresses.flatMap((address) => (address !== undefined && familyOf(address) === family ? [address.trim()] : []))
  const loadBalancerIps = (status?.loadBalancer?.ingress ?? []).filter(({ ipMode }) => (ipMode ?? 'VIP') === 'VIP')
  const common = {
    service: name,
    clusterIp,
    externalIps: ofFamily(spec.externalIPs ?? []),
    loadBalancerIps: ofFamily(loadBalancerIps.map(({ ip }) => ip)),
    loadBalancerSourceRanges: ofFamily(spec.loadBalancerSourceRanges ?? []),
    healthCheckNodePort: spec.externalTrafficPolicy === 'Local' && isExposed ? spec.healthCheckNodePort : undefined,
    affinitySeconds: affinityOf(service),
    isInternalLocal: spec.internalTrafficPolicy === 'Local',
    isExternalLocal: spec.externalTrafficPolicy === 'Local',
  }
  return (spec.ports ?? []).map((port, index) => ({
    ...common,
    portName: port.name ?? '',
    protocol: protocolOf(port.protocol ?? 'TCP', name, `spec.ports[${index}].protocol`),
    port: portNumber(port.port, name, `spec.ports[${index}].port`),
    nodePort: isExposed && port.nodePort ? portNumber(port.nodePort, name, `spec.ports[${index}].nodePort`) : undefined,
  }))
}

/** Reached from outside: at node ports, external IPs or load balancers. */
export function isExternallyAccessible(port: ServicePort): boolean {
  return port.nodePort !== undefined || port.externalIps.length > 0 || port.loadBalancerIps.length > 0
}

function affinityOf({ spec }: V1Service): number | undefined {
  if (spec?.sessionAffinity !== 'ClientIP') return undefined
  return spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS
}

function protocolOf(text: string, service: string, field: string): Protocol {
  const protocol = (['tcp', 'udp', 'sctp'] as const).find((known) => known === text.toLowerCase())
  if (protocol !== undefined) return protocol
  throw refuse(service, field, text, 'TCP, UDP or SCTP')
}

function portNumber(value: unknown, service: string, field: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535) return value
  throw refuse(service, field, value, 'a number from 1 to 65535')
}

function refuse(service: string, field: string, value: unknown, expected: string): Error {
  const found = value === undefined ? 'it is missing' : `found ${JSON.stringify(value)}`
  return invalidInput(`Service ${service}: ${field}: expected ${expected}, ${found}`)
}
