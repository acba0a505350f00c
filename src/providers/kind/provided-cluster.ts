import type { ProvidedCluster } from '../../cluster/node-access.ts'
import type { ClusterProfile } from '../../cluster/profile.ts'
import type { Docker, DockerServer } from '../../docker/docker.ts'
import { isInterrupted, PacketproofError } from '../../errors.ts'
import { taggedReference } from '../../images/image-reference.ts'
import { imagePins } from '../../images/pins.ts'
import { kindCapabilities } from './capabilities.ts'
import { DockerAccess } from './docker-access.ts'
import type { FoundCluster } from './find-cluster.ts'
import { kubeconfigArguments } from './kind-commands.ts'
import type { KindProgram } from './kind-program.ts'
import { PodNetworks } from './pod-networks.ts'

const KUBECONFIG_TIMEOUT_MS = 30_000
/** The longest that a timer can wait: 24 days. */
const FOREVER_MS = 2 ** 31 - 1

export interface ProvidedParts {
  readonly docker: Docker
  readonly server: DockerServer
  readonly kind: KindProgram
  readonly name: string
  readonly profile: ClusterProfile
  readonly found: FoundCluster
  readonly image: string
  readonly agentImageLack?: string | undefined
  /** Removes the cluster, or leaves it. */
  readonly end: () => Promise<void>
}

/** The kubeconfig of a cluster that runs; its names hold the cluster's own, so they are unique. */
export async function readKubeconfig(kind: KindProgram, name: string): Promise<string> {
  return await kind.run(kubeconfigArguments(name), { timeoutMs: KUBECONFIG_TIMEOUT_MS })
}

/** A cluster that runs, as the seam describes it. */
export async function provideRunning(parts: ProvidedParts): Promise<ProvidedCluster> {
  const { docker, server, kind, name, profile, found, image, agentImageLack } = parts
  const kubeconfig = await readKubeconfig(kind, name)
  const { KubeConfig, CoreV1Api } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  config.loadFromString(kubeconfig)
  // Cleaning up and what comes after an interrupt go through Docker, too.
  const free = docker.withoutSignal()
  const machines = new Map(found.machines.map((machine) => [machine.name, machine.container]))
  const access = new DockerAccess(
    free,
    {
      nodes: found.nodes,
      machines,
      ...(agentImageLack === undefined && { agents: { cluster: name, image: taggedReference(imagePins.agent) } }),
    },
    new PodNetworks(free, config.makeApiClient(CoreV1Api)),
  )
  const watching = new AbortController()
  return {
    name,
    provider: 'kind',
    kubeconfig,
    access,
    machines: found.machines.map(({ name: machine, kind: role, addresses }) => ({
      name: machine,
      kind: role,
      addresses,
    })),
    capabilities: kindCapabilities(profile, agentImageLack),
    // A kubelet that has just looked at a ConfigMap looks again after a minute and a half at most.
    patience: 12,
    environment: {
      kind: kind.version,
      docker: server.version,
      nodeImage: image,
      networkPlugin: profile.kind.cni,
      kubeProxy: profile.kind.kubeProxyMode,
      ...(await nodeFacts(free, found.nodes[0] ?? '')),
    },
    died: watchControlPlane(free, `${name}-control-plane`, watching.signal),
    [Symbol.asyncDispose]: async () => {
      watching.abort()
      await parts.end()
    },
  }
}

async function nodeFacts(docker: Docker, node: string): Promise<Record<string, string>> {
  const ask = async (...argv: readonly string[]): Promise<string> =>
    (await docker.try(['exec', node, ...argv])).stdout.trim()
  const [kernel, iptables] = await Promise.all([ask('uname', '-r'), ask('iptables', '--version')])
  return { ...(kernel !== '' && { kernel }), ...(iptables !== '' && { iptables }) }
}

/** Rejects when the container ends; never settles once the signal says that this is meant to be. */
function watchControlPlane(docker: Docker, container: string, signal: AbortSignal): Promise<never> {
  const died = docker.try(['wait', container], { timeoutMs: FOREVER_MS, signal }).then(
    async ({ stdout, stderr }): Promise<never> => {
      if (signal.aborted) return await new Promise<never>(() => undefined)
      const how = /^\d+$/.test(stdout.trim()) ? `it ended with ${stdout.trim()}` : stderr.trim()
      throw new PacketproofError('E_CLUSTER', `the cluster died: its control plane ${container} is gone (${how})`)
    },
    async (error: unknown): Promise<never> => {
      if (isInterrupted(error)) return await new Promise<never>(() => undefined)
      throw error
    },
  )
  died.catch(() => undefined)
  return died
}
