import type { ObjectStore } from '../api/types.ts'
import type { ServiceObject } from './objects.ts'

/** The variables by which a pod finds the services of its namespace that have a cluster IP. */
export function serviceEnvironment(store: ObjectStore, namespace: string): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const { metadata, spec } of store.list<ServiceObject>('services', namespace)) {
    // The API's own are composed apart.
    if (namespace === 'default' && metadata.name === 'kubernetes') continue
    Object.assign(environment, serviceVariables(metadata.name, spec))
  }
  return environment
}

/**
 * The variables of one service, as a kubelet composes them (`WEB_SERVICE_HOST`, `WEB_SERVICE_PORT_HTTP`,
 * `WEB_PORT_80_TCP_ADDR` …); none without a cluster IP.
 */
export function serviceVariables(
  serviceName: string,
  { clusterIP, ports = [] }: Pick<ServiceObject['spec'], 'clusterIP' | 'ports'>,
): Record<string, string> {
  const [first] = ports
  if (!clusterIP || clusterIP === 'None' || !first) return {}
  const name = variableName(serviceName)
  const environment: Record<string, string> = {
    [`${name}_SERVICE_HOST`]: clusterIP,
    [`${name}_SERVICE_PORT`]: String(first.port),
    [`${name}_PORT`]: portUrl(clusterIP, first),
  }
  for (const port of ports) {
    const prefix = `${name}_PORT_${port.port}_${protocolOf(port)}`
    if (port.name) environment[`${name}_SERVICE_PORT_${variableName(port.name)}`] = String(port.port)
    environment[prefix] = portUrl(clusterIP, port)
    environment[`${prefix}_PROTO`] = protocolOf(port).toLowerCase()
    environment[`${prefix}_PORT`] = String(port.port)
    environment[`${prefix}_ADDR`] = clusterIP
  }
  return environment
}

type ServicePort = NonNullable<ServiceObject['spec']['ports']>[number]

function protocolOf(port: ServicePort): string {
  return port.protocol ?? 'TCP'
}

function portUrl(clusterIp: string, port: ServicePort): string {
  const host = clusterIp.includes(':') ? `[${clusterIp}]` : clusterIp
  return `${protocolOf(port).toLowerCase()}://${host}:${port.port}`
}

function variableName(text: string): string {
  return text.toUpperCase().replaceAll('-', '_')
}
