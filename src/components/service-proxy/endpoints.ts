import type { V1EndpointSlice } from '@kubernetes/client-node'
import { familyOf, isAddress } from '../../../helpers/cidr.ts'
import { invalidInput } from '../../errors.ts'
import { type IpFamily, isExternallyAccessible, printServicePort, type ServicePort } from './service-port.ts'

/** Where a port of a Service leads to. */
export interface Endpoint {
  readonly address: string
  readonly port: number
  readonly isReady: boolean
  readonly isServing: boolean
  readonly isTerminating: boolean
  readonly isLocal: boolean
}

/** By service port (`NAMESPACE/NAME:PORT`), in the order of their texts. */
export type EndpointsByPort = ReadonlyMap<string, readonly Endpoint[]>

const SERVICE_NAME = 'kubernetes.io/service-name'

/** `ADDRESS:PORT`, an IPv6 address in brackets. */
export function printEndpoint({ address, port }: Pick<Endpoint, 'address' | 'port'>): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/**
 * What the EndpointSlices of one family say. Conditions that are missing mean ready and not terminating, as the API has it.
 * @throws PacketproofError E_INVALID_INPUT that names the slice and the field.
 */
export function endpointsByPort(
  slices: Iterable<V1EndpointSlice>,
  family: IpFamily,
  nodeName: string,
): EndpointsByPort {
  const found = new Map<string, Map<string, Endpoint>>()
  for (const slice of slices) {
    const { metadata, addressType, endpoints, ports } = slice
    const name = metadata?.labels?.[SERVICE_NAME]
    if (name === undefined || addressType !== `IPv${family}`) continue
    const service = `${metadata?.namespace ?? 'default'}/${name}`
    for (const port of ports ?? []) {
      if (port.port === undefined || port.port === 0) continue
      const key = printServicePort({ service, portName: port.name ?? '' })
      const ofPort = found.get(key) ?? new Map<string, Endpoint>()
      found.set(key, ofPort)
      for (const { addresses, conditions, nodeName: at } of endpoints ?? []) {
        // kube-proxy takes the first address; the others are of the same endpoint.
        const [address] = addresses
        if (address === undefined) continue
        if (!isAddress(address) || familyOf(address) !== family) {
          throw invalidInput(
            `EndpointSlice ${metadata?.namespace ?? 'default'}/${metadata?.name ?? ''}: endpoints: expected IPv${family} addresses, found "${address}"`,
          )
        }
        const isReady = conditions?.ready ?? true
        const endpoint = {
          address,
          port: port.port,
          isReady,
          isServing: conditions?.serving ?? isReady,
          isTerminating: conditions?.terminating ?? false,
          isLocal: at !== undefined && at === nodeName,
        }
        ofPort.set(printEndpoint(endpoint), endpoint)
      }
    }
  }
  return new Map(
    [...found].map(([key, ofPort]) => [key, [...ofPort].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each)]),
  )
}

/** The endpoints that a port's traffic may use from this node. */
export interface UsableEndpoints {
  /** For traffic that may go to any node. */
  readonly cluster: readonly Endpoint[]
  /** For traffic that must stay here. */
  readonly local: readonly Endpoint[]
  /** Both, each once. */
  readonly all: readonly Endpoint[]
  /** Whether there are any on any node. */
  readonly hasAny: boolean
}

/** Ready ones; where there are none, those that end but still serve. */
export function usableEndpoints(port: ServicePort, endpoints: readonly Endpoint[]): UsableEndpoints {
  const isExternal = isExternallyAccessible(port)
  // Also with an external policy of Local: what comes from this node itself goes to any endpoint.
  const usesCluster = !port.isInternalLocal || isExternal
  const usesLocal = port.isInternalLocal || (port.isExternalLocal && isExternal)
  const preferred = preferReady(endpoints)
  const cluster = usesCluster ? preferred : []
  const local = usesLocal ? preferReady(endpoints.filter(({ isLocal }) => isLocal)) : []
  const all = endpoints.filter((endpoint) => cluster.includes(endpoint) || local.includes(endpoint))
  return { cluster, local, all, hasAny: preferred.length > 0 }
}

function preferReady(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const ready = endpoints.filter(({ isReady }) => isReady)
  return ready.length > 0 ? ready : endpoints.filter(({ isServing, isTerminating }) => isServing && isTerminating)
}
