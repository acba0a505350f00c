import { createServer } from 'node:https'
import type { MachineInfo } from '../../../cluster/node-access.ts'
import { createFabric } from '../fabric/fabric.ts'
import { LISTENER_FD, type ServerConfiguration } from './configuration.ts'
import { HostDirectory } from './host-directory.ts'
import { HostListener } from './host-listener.ts'

/** Makes the cluster and serves it; resolves when it can be used. */
export async function serveCluster(configuration: ServerConfiguration): Promise<readonly MachineInfo[]> {
  process.chdir('/')
  const fabric = await createFabric(configuration.profile, { keptPaths: configuration.keptPaths })
  const server = createServer({ key: configuration.keyPem, cert: configuration.certificatePem })
  const hosts = new HostListener(new HostDirectory(fabric, () => undefined), configuration.token)
  server.on('upgrade', (request, socket, head) => hosts.handleUpgrade(request, socket, head))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ fd: LISTENER_FD }, resolve)
  })
  return [...fabric.machines.values()].flatMap(({ name, kind, addresses }) =>
    kind === 'outsider' || kind === 'external-host' ? [{ name, kind, addresses }] : [],
  )
}
