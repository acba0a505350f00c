import type { V1Service } from '@kubernetes/client-node'
import { addressAt, cidrContains, familyOf, isAddress, parseCidr } from '../../../../../helpers/cidr.ts'
import { StatusError } from '../status-error.ts'
import type { WithSpec } from '../wire.ts'
import type { ResourceContext } from './definition.ts'

type Service = WithSpec<V1Service>

const NODE_PORT_FIRST = 30_000
const NODE_PORT_LAST = 32_767
const familyNames = { 4: 'IPv4', 6: 'IPv6' } as const

/**
 * Gives a Service its cluster IPs (one per wanted address family) and node ports, where it asks for none.
 * The first address of each service CIDR is the API's own.
 * @throws StatusError 422 when it asks for an address or a port that is taken or out of range.
 */
export function allocateClusterIps(draft: Service, context: ResourceContext): void {
  const { spec } = draft
  if (spec.type === 'ExternalName') return
  const others = context.list<Service>('services').filter((other) => other.metadata.uid !== draft.metadata.uid)
  allocateNodePorts(draft, others)
  spec.clusterIP ??= spec.clusterIPs?.[0] ?? ''
  const families = chooseFamilies(draft, context.serviceCidrs)
  spec.ipFamilies = families
  spec.ipFamilyPolicy ??= families.length > 1 ? 'RequireDualStack' : 'SingleStack'
  if (spec.clusterIP === 'None') {
    spec.clusterIPs = ['None']
    return
  }
  const taken = new Set(others.flatMap((other) => other.spec.clusterIPs ?? []))
  const asked = spec.clusterIPs ?? (spec.clusterIP === '' ? [] : [spec.clusterIP])
  spec.clusterIPs = families.map((family, index) => {
    const wanted = asked[index]
    if (wanted === undefined || wanted === '') return nextFree(family, taken, context.serviceCidrs, draft)
    if (isAddress(wanted)) checkWanted(wanted, taken, context.serviceCidrs, draft, index)
    return wanted
  })
  spec.clusterIP = spec.clusterIPs[0] ?? ''
}

function chooseFamilies({ spec }: Service, serviceCidrs: readonly string[]): string[] {
  const served = serviceCidrs.map((text) => familyNames[parseCidr(text).family])
  if (spec.ipFamilies !== undefined && spec.ipFamilies.length > 0) {
    const wantsMore = spec.ipFamilyPolicy === 'PreferDualStack' || spec.ipFamilyPolicy === 'RequireDualStack'
    const rest = wantsMore ? served.filter((family) => !spec.ipFamilies?.includes(family)) : []
    return [...spec.ipFamilies, ...rest]
  }
  const asked = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : [])
  const given = asked.filter(isAddress).map((address) => familyNames[familyOf(address)])
  if (given.length > 1) return given
  const first = given[0] ?? served[0] ?? 'IPv4'
  const isDual = spec.ipFamilyPolicy === 'PreferDualStack' || spec.ipFamilyPolicy === 'RequireDualStack'
  return isDual ? [first, ...served.filter((family) => family !== first)] : [first]
}

function nextFree(family: string, taken: Set<string>, serviceCidrs: readonly string[], draft: Service): string {
  const cidr = serviceCidrs.map(parseCidr).find((candidate) => familyNames[candidate.family] === family)
  if (cidr === undefined) {
    const message = `not configured on this cluster`
    throw invalidService(draft, 'spec.ipFamilies[0]', `Invalid value: "${family}": ${message}`)
  }
  const size = 2 ** Math.min(20, (family === 'IPv4' ? 32 : 128) - cidr.prefixLength)
  for (let index = 10; index < size - 1; index += 1) {
    const address = addressAt(cidr, index)
    if (taken.has(address)) continue
    taken.add(address)
    return address
  }
  throw new StatusError(500, 'InternalError', 'failed to allocate a serviceIP: range is full')
}

function checkWanted(
  wanted: string,
  taken: Set<string>,
  cidrs: readonly string[],
  draft: Service,
  index: number,
): void {
  const path = `spec.clusterIPs[${index}]`
  if (!cidrs.some((text) => cidrContains(parseCidr(text), wanted))) {
    const ranges = cidrs.join(', ')
    throw invalidService(
      draft,
      path,
      `Invalid value: ["${wanted}"]: failed to allocate IP ${wanted}: the provided IP is not in the valid range. The range of valid IPs is ${ranges}`,
    )
  }
  if (taken.has(wanted)) {
    throw invalidService(
      draft,
      path,
      `Invalid value: ["${wanted}"]: failed to allocate IP ${wanted}: provided IP is already allocated`,
    )
  }
  taken.add(wanted)
}

function allocateNodePorts(draft: Service, others: readonly Service[]): void {
  const { spec } = draft
  if (spec.type !== 'NodePort' && !(spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false))
    return
  const taken = new Set(
    others.flatMap((other) => (other.spec.ports ?? []).map((port) => `${port.protocol}/${port.nodePort}`)),
  )
  for (const [index, port] of (spec.ports ?? []).entries()) {
    const path = `spec.ports[${index}].nodePort`
    if (port.nodePort !== undefined && port.nodePort !== 0) {
      if (port.nodePort < NODE_PORT_FIRST || port.nodePort > NODE_PORT_LAST) {
        const range = `${NODE_PORT_FIRST}-${NODE_PORT_LAST}`
        throw invalidService(
          draft,
          path,
          `Invalid value: ${port.nodePort}: provided port is not in the valid range. The range of valid ports is ${range}`,
        )
      }
      if (taken.has(`${port.protocol}/${port.nodePort}`)) {
        throw invalidService(draft, path, `Invalid value: ${port.nodePort}: provided port is already allocated`)
      }
    } else {
      let candidate = NODE_PORT_FIRST
      while (taken.has(`TCP/${candidate}`) || taken.has(`UDP/${candidate}`)) candidate += 1
      port.nodePort = candidate
    }
    taken.add(`${port.protocol}/${port.nodePort}`)
  }
}

function invalidService({ metadata }: Service, field: string, message: string): StatusError {
  return new StatusError(422, 'Invalid', `Service "${metadata.name}" is invalid: ${field}: ${message}`, {
    name: metadata.name,
    kind: 'Service',
    causes: [{ reason: 'FieldValueInvalid', message, field }],
  })
}
