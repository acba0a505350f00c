import type { V1ServicePort } from '@kubernetes/client-node'
import { familyOf } from '../../../../helpers/cidr.ts'
import { isPodReady, isTerminal, type PodObject, type ServiceObject } from '../kubelet/objects.ts'

export interface EndpointPort {
  readonly name?: string
  readonly port: number
  readonly protocol: string
  readonly appProtocol?: string
}

export interface ServiceEndpoint {
  readonly address: string
  readonly ready: boolean
  readonly terminating: boolean
  readonly pod: PodObject
}

/** The endpoints of a service that share their ports: a named `targetPort` may be another number in another pod. */
export interface EndpointGroup {
  readonly ports: readonly EndpointPort[]
  readonly endpoints: readonly ServiceEndpoint[]
}

/** What a service's selector comes to, for one address family. */
export function groupEndpoints(service: ServiceObject, pods: readonly PodObject[], family: 4 | 6): EndpointGroup[] {
  const groups = new Map<string, { ports: EndpointPort[]; endpoints: ServiceEndpoint[] }>()
  for (const pod of pods) {
    const address = pod.status?.podIPs?.find(({ ip }) => ip !== undefined && familyOf(ip) === family)?.ip
    if (address === undefined || isTerminal(pod)) continue
    const ports = (service.spec.ports ?? []).flatMap((port) => resolvePort(port, pod))
    if (ports.length === 0 && service.spec.ports?.length) continue
    const terminating = pod.metadata.deletionTimestamp !== undefined
    const ready = service.spec.publishNotReadyAddresses === true || (isPodReady(pod) && !terminating)
    const key = JSON.stringify(ports)
    const group = groups.get(key) ?? { ports, endpoints: [] }
    group.endpoints.push({ address, ready, terminating, pod })
    groups.set(key, group)
  }
  for (const group of groups.values()) group.endpoints.sort((left, right) => (left.address < right.address ? -1 : 1))
  return [...groups.values()]
}

/** None when a named port is not among the pod's. */
function resolvePort(port: V1ServicePort, pod: PodObject): EndpointPort[] {
  const protocol = port.protocol ?? 'TCP'
  const number = portNumber(port.targetPort ?? port.port, protocol, pod)
  if (number === undefined) return []
  return [
    {
      ...(port.name === undefined ? {} : { name: port.name }),
      port: number,
      protocol,
      ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
    },
  ]
}

function portNumber(target: number | string, protocol: string, pod: PodObject): number | undefined {
  if (typeof target === 'number') return target
  for (const { ports = [] } of pod.spec.containers) {
    const match = ports.find((port) => port.name === target && (port.protocol ?? 'TCP') === protocol)
    if (match) return match.containerPort
  }
  return undefined
}
