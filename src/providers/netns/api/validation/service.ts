import { isDeepStrictEqual } from 'node:util'
import type { V1Service } from '@kubernetes/client-node'
import { isAddress } from '../../../../../helpers/cidr.ts'
import type { Problems } from '../problems.ts'
import type { WithSpec } from '../wire.ts'
import { validateLabels } from './metadata.ts'
import { checkDns1123Label, checkDns1123Subdomain, checkPortName, checkPortNumber } from './names.ts'

type Service = WithSpec<V1Service>

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const protocols = ['SCTP', 'TCP', 'UDP']
const IP_ERROR = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'

/** As ValidateService of k8s.io/kubernetes/pkg/apis/core/validation. */
export function validateService({ spec }: Service, problems: Problems): void {
  if (spec.type !== undefined && !types.includes(spec.type)) problems.notSupported('spec.type', spec.type, types)
  const isHeadless = spec.clusterIP === 'None'
  if ((spec.ports ?? []).length === 0 && !isHeadless && spec.type !== 'ExternalName') problems.required('spec.ports')
  validatePorts(spec, problems)
  validateLabels(spec.selector ?? {}, 'spec.selector', problems)
  for (const [field, value] of [['sessionAffinity', spec.sessionAffinity]] as const) {
    if (value !== 'None' && value !== 'ClientIP') problems.notSupported(`spec.${field}`, value, ['ClientIP', 'None'])
  }
  for (const field of ['internalTrafficPolicy', 'externalTrafficPolicy'] as const) {
    const value = spec[field]
    if (value !== undefined && value !== 'Cluster' && value !== 'Local') {
      problems.notSupported(`spec.${field}`, value, ['Cluster', 'Local'])
    }
  }
  if (spec.type === 'ExternalName') validateExternalName(spec, problems)
  for (const [index, ip] of (spec.clusterIPs ?? []).entries()) {
    if (ip !== 'None' && !isAddress(ip)) problems.invalid(`spec.clusterIPs[${index}]`, ip, IP_ERROR)
  }
  for (const [index, ip] of (spec.externalIPs ?? []).entries()) {
    if (!isAddress(ip)) problems.invalid(`spec.externalIPs[${index}]`, ip, IP_ERROR)
  }
}

/** The cluster IP stays for the Service's life. */
export function validateServiceUpdate({ spec }: Service, old: Service, problems: Problems): void {
  if (spec.type === 'ExternalName' || old.spec.type === 'ExternalName') return
  const before = old.spec.clusterIPs ?? []
  if (before.length > 0 && spec.clusterIPs?.[0] !== before[0]) {
    problems.invalid('spec.clusterIPs[0]', spec.clusterIPs ?? [], 'may not change once set')
  }
  if (old.spec.ipFamilies?.[0] !== undefined && !isDeepStrictEqual(spec.ipFamilies?.[0], old.spec.ipFamilies[0])) {
    problems.invalid('spec.ipFamilies[0]', spec.ipFamilies?.[0], 'may not change once set')
  }
}

function validatePorts(spec: Service['spec'], problems: Problems): void {
  const names = new Set<string>()
  const seen = new Set<string>()
  const ports = spec.ports ?? []
  for (const [index, port] of ports.entries()) {
    const path = `spec.ports[${index}]`
    if ((port.name ?? '') === '') {
      if (ports.length > 1) problems.required(`${path}.name`)
    } else {
      problems.invalidEach(`${path}.name`, port.name, checkDns1123Label(port.name ?? ''))
      if (names.has(port.name ?? '')) problems.duplicate(`${path}.name`, port.name)
      names.add(port.name ?? '')
    }
    problems.invalidEach(`${path}.port`, port.port ?? 0, checkPortNumber(port.port ?? 0))
    const protocol = port.protocol ?? 'TCP'
    if (!protocols.includes(protocol)) problems.notSupported(`${path}.protocol`, protocol, protocols)
    const target = port.targetPort
    if (typeof target === 'number') problems.invalidEach(`${path}.targetPort`, target, checkPortNumber(target))
    else if (typeof target === 'string') problems.invalidEach(`${path}.targetPort`, target, checkPortName(target))
    if (port.nodePort !== undefined && port.nodePort !== 0 && spec.type === 'ClusterIP') {
      problems.forbidden(`${path}.nodePort`, "may not be used when `type` is 'ClusterIP'")
    }
    const key = `${port.port}/${protocol}`
    if (seen.has(key)) problems.duplicate(path, { port: port.port, protocol })
    seen.add(key)
  }
}

function validateExternalName(spec: Service['spec'], problems: Problems): void {
  const name = (spec.externalName ?? '').replace(/\.$/, '')
  if (name === '') problems.required('spec.externalName')
  else problems.invalidEach('spec.externalName', spec.externalName, checkDns1123Subdomain(name))
  if (spec.clusterIP) problems.forbidden('spec.clusterIPs[0]', "may not be set when `type` is 'ExternalName'")
}
