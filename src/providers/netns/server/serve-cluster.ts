import type { Server } from 'node:https'
import type { MachineInfo } from '../../../cluster/node-access.ts'
import { createApiServer } from '../api/create-api-server.ts'
import { createStore } from '../api/create-store.ts'
import type { ObjectStore } from '../api/types.ts'
import { startControllers } from '../controllers/start-controllers.ts'
import { createFabric } from '../fabric/fabric.ts'
import type { NetnsFabric } from '../fabric/netns-fabric.ts'
import { startKubelets } from '../kubelet/start-kubelets.ts'
import { apiNodes, apiServiceAddress, keepApiService } from './api-service.ts'
import { LISTENER_FD, type ServerConfiguration } from './configuration.ts'
import { HostDirectory } from './host-directory.ts'
import { HostListener } from './host-listener.ts'
import { listenOnNodes } from './listen-on-nodes.ts'
import { publishRootCa } from './root-ca.ts'

/** As `kubectl version` shows it. */
const API_VERSION = 'v1.32.0+packetproof'

/**
 * Makes the cluster and serves it; resolves when its API answers and its nodes are registered.
 * @param onError told of what should not happen in a controller or kubelet, and must not end the cluster.
 */
export async function serveCluster(
  configuration: ServerConfiguration,
  onError: (error: unknown) => void,
): Promise<readonly MachineInfo[]> {
  process.chdir('/')
  const { profile } = configuration
  const fabric = await createFabric(profile, { keptPaths: configuration.keptPaths })
  const store = createStore({ serviceCidrs: profile.serviceCidrs })
  const runtime = startKubelets({ store, fabric, apiToken: configuration.token, nodes: profile.nodes, onError })
  startControllers({ store, onError })
  // A pod's sandbox is called by the pod's uid.
  const directory = new HostDirectory(fabric, (namespace, name) => store.get('pods', namespace, name)?.metadata.uid)
  const hosts = new HostListener(directory)
  const { server } = createApiServer({
    store,
    runtime,
    tls: { key: configuration.keyPem, cert: configuration.certificatePem },
    token: configuration.token,
    version: API_VERSION,
    hooks: { onUpgrade: (path, request, socket, head) => hosts.handleUpgrade(path, request, socket, head) },
  })
  await listen(server)
  // While the caller is being told: no request is read before this has run.
  setImmediate(() => offerInCluster(server, configuration, fabric, store))
  return [...fabric.machines.values()].flatMap(({ name, kind, addresses }) =>
    kind === 'outsider' || kind === 'external-host' ? [{ name, kind, addresses }] : [],
  )
}

/** What pods need to call the API. */
function offerInCluster(
  server: Server,
  { profile, certificatePem }: ServerConfiguration,
  fabric: NetnsFabric,
  store: ObjectStore,
): void {
  const nodes = [...fabric.nodes.values()]
  const serviceAddress = apiServiceAddress(profile)
  const own = apiNodes(profile, nodes)
  listenOnNodes(server, { nodes, serviceAddress, apiNodes: own })
  publishRootCa(store, certificatePem)
  keepApiService(
    store,
    serviceAddress,
    own.flatMap(({ addresses }) => addresses),
  )
}

async function listen(server: Server): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ fd: LISTENER_FD }, resolve)
  })
}
