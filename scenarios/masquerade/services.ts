import type { Host, StepContext, V1Endpoints, V1Service } from '../../src/index.ts'
import { programServiceDnat, type ServiceAddress } from './service-dnat.ts'
import type { MasqueradeWorld } from './world.ts'

/** A Service with one endpoint, and who that is. */
export interface ServiceTarget extends ServiceAddress {
  readonly receiver: Host
}

const PORT = 8080

/** Two Services whose ClusterIPs are in a private range: one with a pod behind it, one with a machine outside. */
export async function createServices(
  context: StepContext,
  world: MasqueradeWorld,
): Promise<{ inside: ServiceTarget; outside: ServiceTarget }> {
  const internet = context.cluster.machine('internet')
  const { server } = world
  if (server === undefined) throw new Error('the server was not started')
  // The engine removes the machine with the cluster, and this process with it.
  const httpd = await internet.spawn(['busybox', 'httpd', '-f', '-p', String(PORT), '-h', '/etc'], {
    signal: context.signal,
  })
  httpd.stdout.resume()
  httpd.stderr.resume()
  const [inside, outside] = await Promise.all([
    createService(context, 'inside', server),
    createService(context, 'outside', internet),
  ])
  for (const target of [inside, outside]) await programServiceDnat(context.cluster, target)
  return { inside, outside }
}

async function createService(context: StepContext, name: string, receiver: Host): Promise<ServiceTarget> {
  const { cluster } = context
  const endpoint = receiver.addresses[0] ?? ''
  const metadata = { name, namespace: 'default' }
  const port = { port: 80, targetPort: PORT, protocol: 'TCP' }
  await cluster.apply([
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [port] } } as V1Service,
    {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata,
      subsets: [{ addresses: [{ ip: endpoint }], ports: [{ port: PORT, protocol: 'TCP' }] }],
    } as V1Endpoints,
  ])
  const service = await cluster.api.core.readNamespacedService({ namespace: 'default', name })
  const clusterIp = service.spec?.clusterIP ?? ''
  return { name, clusterIp, port: 80, endpoint, endpointPort: PORT, receiver }
}
