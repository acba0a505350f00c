import type { ObjectStore } from '../api/types.ts'
import type { ServiceObject } from './objects.ts'

/**
 * The variables by which a pod finds the services of its namespace that have a cluster IP (`WEB_SERVICE_HOST`,
 * `WEB_SERVICE_PORT_HTTP`, `WEB_PORT_80_TCP_ADDR` …), as a kubelet composes them. There is none for the API: its socket cannot be
 * reached from the pods' network.
 */
export function serviceEnvironment(store: ObjectStore, namespace: string): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const service of store.list<ServiceObject>('services', namespace)) {
    const { clusterIP, ports = [] } = service.spec
    const [first] = ports
    const isApi = namespace === 'default' && service.metadata.name === 'kubernetes'
    if (!clusterIP || clusterIP === 'None' || !first || isApi) continue
    const name = variableName(service.metadata.name)
    environment[`${name}_SERVICE_HOST`] = clusterIP
    environment[`${name}_SERVICE_PORT`] = String(first.port)
    environment[`${name}_PORT`] = portUrl(clusterIP, first)
    for (const port of ports) {
      const prefix = `${name}_PORT_${port.port}_${protocolOf(port)}`
      if (port.name) environment[`${name}_SERVICE_PORT_${variableName(port.name)}`] = String(port.port)
      environment[prefix] = portUrl(clusterIP, port)
      environment[`${prefix}_PROTO`] = protocolOf(port).toLowerCase()
      environment[`${prefix}_PORT`] = String(port.port)
      environment[`${prefix}_ADDR`] = clusterIP
    }
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
