import type { KubernetesObject, V1Pod } from '@kubernetes/client-node'
import { waitFor } from '../../helpers/wait-for.ts'
import { PacketproofError } from '../errors.ts'
import { AccessHost, type ExecObserver } from './access-host.ts'
import type { Capabilities } from './capability.ts'
import type { Cluster, KubeApi, Node, Pod, PodSpec } from './cluster.ts'
import type { Host } from './host.ts'
import type { NodeAccess, ProvidedCluster } from './node-access.ts'
import { applyObject, deleteObject } from './objects.ts'
import type { ClusterProfile } from './profile.ts'

const POD_READY_TIMEOUT_MS = 30_000

class NodeHost extends AccessHost implements Node {
  declare readonly kind: 'node'
  readonly podCidrs: readonly string[]
  constructor(
    access: NodeAccess,
    name: string,
    addresses: readonly string[],
    podCidrs: readonly string[],
    see: ExecObserver,
  ) {
    super(access, { kind: 'node', name }, 'node', name, addresses, see)
    this.podCidrs = podCidrs
  }
}

class PodHost extends AccessHost implements Pod {
  declare readonly kind: 'pod'
  readonly namespace: string
  readonly node: Node
  constructor(access: NodeAccess, namespace: string, name: string, addresses: string[], node: Node, see: ExecObserver) {
    super(access, { kind: 'pod', namespace, name }, 'pod', name, addresses, see)
    this.namespace = namespace
    this.node = node
  }
}

export interface ConnectOptions {
  readonly profile: ClusterProfile
  /** Told of every command that ended on one of the cluster's hosts. */
  readonly observe?: ExecObserver
}

/** The cluster behind a provider's kubeconfig and NodeAccess. */
export async function connectCluster(provided: ProvidedCluster, options: ConnectOptions): Promise<Cluster> {
  const kube = await import('@kubernetes/client-node')
  const config = new kube.KubeConfig()
  config.loadFromString(provided.kubeconfig)
  const api: KubeApi = {
    config,
    core: config.makeApiClient(kube.CoreV1Api),
    apps: config.makeApiClient(kube.AppsV1Api),
    objects: kube.KubernetesObjectApi.makeApiClient(config),
  }
  const observe = options.observe ?? (() => undefined)
  const nodeList = await api.core.listNode()
  const nodes = nodeList.items.map((item) => {
    const addresses = (item.status?.addresses ?? []).filter((a) => a.type === 'InternalIP').map((a) => a.address)
    return new NodeHost(provided.access, item.metadata?.name ?? '', addresses, item.spec?.podCIDRs ?? [], observe)
  })
  const machines = provided.machines.map(
    (m) => new AccessHost(provided.access, { kind: 'machine', name: m.name }, m.kind, m.name, m.addresses, observe),
  )
  return new KubeCluster(provided, options.profile, api, nodes, machines, observe)
}

class KubeCluster implements Cluster {
  readonly name: string
  readonly provider: string
  readonly kubeconfig: string
  readonly capabilities: Capabilities
  readonly environment: Readonly<Record<string, string>>
  readonly profile: ClusterProfile
  readonly api: KubeApi
  readonly nodes: readonly Node[]
  readonly machines: readonly Host[]
  readonly #provided: ProvidedCluster
  readonly #observe: ExecObserver

  constructor(
    provided: ProvidedCluster,
    profile: ClusterProfile,
    api: KubeApi,
    nodes: readonly Node[],
    machines: readonly Host[],
    observe: ExecObserver,
  ) {
    this.name = provided.name
    this.provider = provided.provider
    this.kubeconfig = provided.kubeconfig
    this.capabilities = provided.capabilities
    this.environment = provided.environment
    this.#provided = provided
    this.profile = profile
    this.api = api
    this.nodes = nodes
    this.machines = machines
    this.#observe = observe
  }

  node(name: string): Node {
    return named(this.nodes, name, 'node')
  }

  machine(name: string): Host {
    return named(this.machines, name, 'outsider or external host')
  }

  async apply(objects: readonly KubernetesObject[]): Promise<void> {
    for (const object of objects) await applyObject(this.api, object)
  }

  async delete(objects: readonly KubernetesObject[]): Promise<void> {
    await Promise.all(objects.map((object) => deleteObject(this.api, object)))
  }

  async labelNode(name: string, labels: Readonly<Record<string, string | null>>): Promise<void> {
    const { PatchStrategy, setHeaderOptions } = await import('@kubernetes/client-node')
    const body = { metadata: { labels } }
    await this.api.core.patchNode({ name, body }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch))
  }

  async runPod(spec: PodSpec): Promise<Pod> {
    const namespace = spec.namespace ?? 'default'
    await this.api.core.createNamespacedPod({ namespace, body: podManifest(spec, namespace) })
    let last: V1Pod | undefined
    const ready = await waitFor(
      `pod ${namespace}/${spec.name} to be Ready`,
      async () => {
        last = await this.api.core.readNamespacedPod({ namespace, name: spec.name })
        return isReady(last) ? last : undefined
      },
      { timeoutMs: POD_READY_TIMEOUT_MS },
    ).catch((error: unknown) => {
      throw new PacketproofError('E_CLUSTER', `pod ${namespace}/${spec.name} did not become Ready: ${podState(last)}`, {
        cause: error,
      })
    })
    return this.podHost(ready)
  }

  podHost(pod: V1Pod): Pod {
    const { name = '', namespace = 'default' } = pod.metadata ?? {}
    const addresses = (pod.status?.podIPs ?? []).map((entry) => entry.ip)
    const node = this.node(pod.spec?.nodeName ?? '')
    return new PodHost(this.#provided.access, namespace, name, addresses, node, this.#observe)
  }

  async logs(namespace: string, pod: string): Promise<string> {
    return this.api.core.readNamespacedPodLog({ namespace, name: pod })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#provided[Symbol.asyncDispose]()
  }
}

function named<T extends Host>(hosts: readonly T[], name: string, what: string): T {
  const found = hosts.find((host) => host.name === name)
  if (found !== undefined) return found
  throw new PacketproofError(
    'E_CLUSTER',
    `there is no ${what} "${name}"; there are ${hosts.map((h) => h.name).join(', ')}`,
  )
}

function isReady(pod: V1Pod): boolean {
  return pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false
}

/** What a person would look for in `kubectl describe pod`. */
function podState(pod: V1Pod | undefined): string {
  const containers = [...(pod?.status?.initContainerStatuses ?? []), ...(pod?.status?.containerStatuses ?? [])]
  const waiting = containers.map((c) => c.state?.waiting ?? c.state?.terminated).find((state) => state !== undefined)
  return [pod?.status?.phase ?? 'it was never seen', waiting?.reason, waiting?.message].filter(Boolean).join(': ')
}

function podManifest(spec: PodSpec, namespace: string): V1Pod {
  const command = spec.command ?? (spec.image === undefined ? ['sleep', '2147483647'] : undefined)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: spec.name,
      namespace,
      labels: { ...spec.labels },
      ...(spec.addresses && { annotations: { 'cni.projectcalico.org/ipAddrs': JSON.stringify(spec.addresses) } }),
    },
    spec: {
      nodeName: spec.node,
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'main',
          image: spec.image ?? 'busybox',
          ...(command && { command: [...command] }),
          ...(spec.args && { args: [...spec.args] }),
        },
      ],
    },
  }
}
