import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import { packageRoot } from '../../../helpers/package-root.ts'
import type { ProvidedCluster, ProviderOptions } from '../../cluster/node-access.ts'
import type { ClusterProfile } from '../../cluster/profile.ts'
import { PacketproofError } from '../../errors.ts'
import { netnsCapabilities } from './capabilities.ts'
import { makeCertificate } from './client/certificate.ts'
import { readEnvironmentFacts } from './client/environment.ts'
import { requireEssentialTools } from './client/find-tool.ts'
import { HostAccess } from './client/host-access.ts'
import { HostConnection } from './client/host-connection.ts'
import { writeKubeconfig } from './client/kubeconfig.ts'
import { type Listener, openListener } from './client/listener.ts'
import { choosePrivilegeMode, explainUserNamespaceFailure, type PrivilegeMode } from './client/privilege.ts'
import { ServerProcess } from './client/server-process.ts'
import { mapUsers } from './client/user-mapping.ts'
import { planNetwork } from './fabric/plan.ts'
import { apiAddresses } from './server/api-service.ts'

/**
 * A cluster of network namespaces in a child process; it is gone when it is disposed of or when this process ends, however
 * that ends. Resolves when its API answers and its nodes are Ready.
 * @throws PacketproofError E_TOOL_MISSING, E_NO_PRIVILEGE, E_ENVIRONMENT (the port is in use, nothing is compiled),
 * E_INVALID_INPUT (the profile), E_INTERRUPTED (the signal), E_CLUSTER.
 */
export async function createNetnsCluster(profile: ClusterProfile, options: ProviderOptions): Promise<ProvidedCluster> {
  throwIfInterrupted(options.signal)
  const addresses = apiAddresses(profile, planNetwork(profile).nodes)
  requireEssentialTools()
  const mode = choosePrivilegeMode()
  const factsRead = readEnvironmentFacts()
  const listener = await openListener(options.apiPort)
  const child = startServer(mode, listener)
  const interrupt = (): void => child.kill()
  options.signal?.addEventListener('abort', interrupt, { once: true })
  try {
    const [certificate, users] = await Promise.all([makeCertificate(addresses), enterUserNamespace(mode, child)])
    const token = randomBytes(32).toString('base64url')
    child.configure({
      name: options.name,
      profile,
      token,
      ...certificate,
      keptPaths: [packageRoot(), dirname(dirname(process.execPath))],
    })
    const { machines } = await child.event('ready')
    const parts = { name: options.name, port: listener.port, token, certificatePem: certificate.certificatePem }
    const connection = new HostConnection({ ...parts, url: `wss://127.0.0.1:${listener.port}` })
    let isDisposed = false
    const died = child.ended.then(async (): Promise<never> => {
      connection.close('the cluster died')
      if (isDisposed) return await new Promise<never>(() => undefined)
      throw new PacketproofError(
        'E_CLUSTER',
        `the cluster "${options.name}" died: ${child.complaint || 'no reason given'}`,
      )
    })
    died.catch(() => undefined)
    return {
      name: options.name,
      provider: 'netns',
      kubeconfig: writeKubeconfig(parts),
      access: new HostAccess(connection),
      machines,
      capabilities: netnsCapabilities(profile, await factsRead),
      environment: { ...(await factsRead), privilege: mode, users },
      died,
      [Symbol.asyncDispose]: async () => {
        isDisposed = true
        connection.close('the cluster has been deleted')
        await child.stop()
      },
    }
  } catch (error) {
    child.kill()
    await child.ended
    throwIfInterrupted(options.signal)
    throw explainRefusal(mode, child.complaint) ?? error
  } finally {
    options.signal?.removeEventListener('abort', interrupt)
  }
}

function startServer(mode: PrivilegeMode, listener: Listener): ServerProcess {
  try {
    return new ServerProcess(mode, listener.fd)
  } finally {
    // The child has a descriptor of its own by now.
    listener.server.close()
  }
}

async function enterUserNamespace(mode: PrivilegeMode, child: ServerProcess): Promise<string> {
  if (mode === 'root') return 'all users'
  await child.event('unshared').catch(() => {
    throw explainUserNamespaceFailure(child.complaint)
  })
  const users = await mapUsers(child.pid)
  child.goOn()
  return users
}

/** `unshare` itself complains, before the cluster server runs, when the kernel or a security module refuses namespaces. */
function explainRefusal(mode: PrivilegeMode, complaint: string): PacketproofError | undefined {
  if (!/^unshare: /m.test(complaint)) return undefined
  if (mode === 'user-namespace') return explainUserNamespaceFailure(complaint)
  return new PacketproofError('E_NO_PRIVILEGE', `the kernel refuses root new namespaces here: ${complaint}`, {
    hint: 'In a container: docker run --privileged …. Otherwise see which security module denies it (dmesg).',
  })
}

function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new PacketproofError('E_INTERRUPTED', 'interrupted while the cluster was being made', {
      cause: signal.reason,
    })
  }
}
