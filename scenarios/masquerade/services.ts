import type { Host, StepContext } from '../../src/index.ts'
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
  const { core } = context.cluster.api
  const endpoint = receiver.addresses[0] ?? ''
  const ports = [{ port: 80, targetPort: PORT, protocol: 'TCP' }]
  const service = await core.createNamespacedService({
    namespace: 'default',
    body: { metadata: { name }, spec: { ports } },
  })
  await core.createNamespacedEndpoints({
    namespace: 'default',
    body: {
      metadata: { name },
      subsets: [{ addresses: [{ ip: endpoint }], ports: [{ port: PORT, protocol: 'TCP' }] }],
    },
  })
  const clusterIp = service.spec?.clusterIP ?? ''
  return { name, clusterIp, port: 80, endpoint, endpointPort: PORT, receiver }
}
