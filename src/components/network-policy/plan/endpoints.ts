import type { V1Namespace, V1Pod } from '@kubernetes/client-node'
import { familyOf } from '../../../../helpers/cidr.ts'
import type { PolicyProtocol } from '../convert/policy-types.ts'
import type { Dialect } from '../dialect.ts'
import { workloadInterface } from '../names/hashes.ts'

export interface NamedPort {
  readonly name: string
  readonly protocol: PolicyProtocol
  readonly port: number
}

/** A pod with a network of its own, as policies see it. */
export interface PolicyEndpoint {
  readonly namespace: string
  readonly name: string
  readonly node: string
  readonly interface: string
  /** Its labels, and those that say where it is. */
  readonly labels: ReadonlyMap<string, string>
  /** None before it has been given any, and once it has ended. */
  readonly addresses: readonly string[]
  readonly namedPorts: readonly NamedPort[]
  readonly serviceAccount: string
}

/** Pods on the network of their node are no endpoints. */
export function endpointsOf(
  pods: Iterable<V1Pod>,
  namespaces: ReadonlyMap<string, V1Namespace>,
  dialect: Dialect,
): PolicyEndpoint[] {
  return [...pods]
    .filter(({ spec }) => spec?.hostNetwork !== true && spec?.nodeName !== undefined)
    .map((pod) => endpointOf(pod, namespaces, dialect))
}

function endpointOf(pod: V1Pod, namespaces: ReadonlyMap<string, V1Namespace>, dialect: Dialect): PolicyEndpoint {
  const { namespace = 'default', name = '' } = pod.metadata ?? {}
  const { nodeName = '', serviceAccountName = 'default' } = pod.spec ?? {}
  const hasEnded = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  return {
    namespace,
    name,
    node: nodeName,
    interface: workloadInterface(namespace, name),
    labels: labelsOf(pod, namespaces.get(namespace), namespace, dialect),
    addresses: hasEnded ? [] : addressesOf(pod),
    namedPorts: namedPortsOf(pod),
    serviceAccount: serviceAccountName,
  }
}

export function addressesFor(endpoint: PolicyEndpoint, family: 4 | 6): readonly string[] {
  return endpoint.addresses.filter((address) => familyOf(address) === family)
}

function addressesOf({ status }: V1Pod): string[] {
  const listed = (status?.podIPs ?? []).flatMap(({ ip }) => (ip ? [ip] : []))
  return listed.length > 0 ? listed : status?.podIP ? [status.podIP] : []
}

function namedPortsOf({ spec }: V1Pod): NamedPort[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].flatMap(({ ports = [] }) =>
    ports.flatMap(({ name, containerPort, protocol = 'TCP' }) =>
      name ? [{ name, protocol: protocol.toLowerCase() as PolicyProtocol, port: containerPort }] : [],
    ),
  )
}

function labelsOf(
  pod: V1Pod,
  namespace: V1Namespace | undefined,
  namespaceName: string,
  { labelKeys }: Dialect,
): ReadonlyMap<string, string> {
  // A pod's own label cannot say where it is.
  const own = Object.entries(pod.metadata?.labels ?? {}).filter(
    ([key]) =>
      !key.startsWith(labelKeys.namespaceLabelPrefix) && key !== labelKeys.namespace && key !== labelKeys.orchestrator,
  )
  const labels = new Map(own)
  // The API gives every namespace a label with its name (KEP-2161).
  const ofNamespace = { 'kubernetes.io/metadata.name': namespaceName, ...namespace?.metadata?.labels }
  for (const [key, value] of Object.entries(ofNamespace)) labels.set(labelKeys.namespaceLabelPrefix + key, value)
  labels.set(labelKeys.namespace, namespaceName)
  if (labelKeys.orchestrator !== undefined) labels.set(labelKeys.orchestrator, 'k8s')
  return labels
}
