import type { KubernetesObject, V1Pod } from '@kubernetes/client-node'
import { waitFor } from '../../helpers/wait-for.ts'
import { PacketproofError } from '../errors.ts'
import { taggedReference } from '../images/image-reference.ts'
import { imagePins } from '../images/pins.ts'
import { AccessHost, type ExecObserver } from './access-host.ts'
import { BorrowedState } from './borrowed-state.ts'
import type { Capabilities } from './capability.ts'
import type { Cluster, KubeApi, Node, Pod, PodSpec } from './cluster.ts'
import type { Host } from './host.ts'
import { type MappedNode, mapNodes } from './map-nodes.ts'
import type { NodeAccess, ProvidedCluster } from './node-access.ts'
import { applyObject, deleteObject } from './objects.ts'
import type { ClusterProfile } from './profile.ts'

const POD_READY_TIMEOUT_MS = 30_000

class NodeHost extends AccessHost implements Node {
  declare readonly kind: 'node'
  readonly profileName: string
  readonly role: Node['role']
  readonly podCidrs: readonly string[]
  constructor(access: NodeAccess, { item, profileName, role }: MappedNode, see: ExecObserver) {
    const name = item.metadata?.name ?? ''
    const addresses = (item.status?.addresses ?? []).filter((a) => a.type === 'InternalIP').map((a) => a.address)
    super(access, { kind: 'node', name }, 'node', name, addresses, see)
    this.profileName = profileName
    this.role = role
    this.podCidrs = item.spec?.podCIDRs ?? []
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
  const mapping = mapNodes(options.profile, nodeList.items)
  const nodes = mapping.nodes.map((mapped) => new NodeHost(provided.access, mapped, observe))
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
  readonly #borrowed: BorrowedState | undefined
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
    this.#borrowed = provided.borrowed && new BorrowedState(api, provided.borrowed)
    this.profile = profile
    this.api = api
    this.nodes = nodes
    this.machines = machines
    this.#observe = observe
  }

  node(name: string): Node {
    const found = this.nodes.find((node) => node.profileName === name)
    return found ?? named(this.nodes, name, 'node')
  }

  machine(name: string): Host {
    return named(this.machines, name, 'outsider or external host')
  }

  async apply(objects: readonly KubernetesObject[]): Promise<void> {
    for (const object of objects) await applyObject(this.api, (await this.#borrowed?.adopt(object)) ?? object)
  }

  async delete(objects: readonly KubernetesObject[]): Promise<void> {
    await this.#borrowed?.refuseForeign(objects)
    await Promise.all(objects.map((object) => deleteObject(this.api, object)))
  }

  async labelNode(name: string, labels: Readonly<Record<string, string | null>>): Promise<void> {
    const node = this.node(name).name
    await this.#borrowed?.rememberLabels(node, Object.keys(labels))
    await this.#setLabels(node, labels)
  }

  async runPod(spec: PodSpec): Promise<Pod> {
    const namespace = spec.namespace ?? 'default'
    const node = this.node(spec.node).name
    const canFix = this.capabilities['fixed-pod-addresses'] === 'present'
    const manifest = podManifest({ ...spec, node, ...(!canFix && { addresses: undefined }) }, namespace)
    const body = (await this.#borrowed?.adopt(manifest)) ?? manifest
    await this.api.core.createNamespacedPod({ namespace, body })
    let last: V1Pod | undefined
    const ready = await waitFor(
      `pod ${namespace}/${spec.name} to be Ready`,
      async () => {
        last = await this.api.core.readNamespacedPod({ namespace, name: spec.name })
        return isReady(last) ? last : undefined
      },
      { timeoutMs: POD_READY_TIMEOUT_MS * Math.min(this.patience, 4) },
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

  get patience(): number {
    return this.#provided.patience ?? 1
  }

  get isBorrowed(): boolean {
    return this.#borrowed !== undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#borrowed?.undo((node, labels) => this.#setLabels(node, labels))
    } finally {
      await this.#provided[Symbol.asyncDispose]()
    }
  }

  async #setLabels(name: string, labels: Readonly<Record<string, string | null>>): Promise<void> {
    const { PatchStrategy, setHeaderOptions } = await import('@kubernetes/client-node')
    const body = { metadata: { labels } }
    await this.api.core.patchNode({ name, body }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch))
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

function podManifest(
  spec: Omit<PodSpec, 'addresses'> & { readonly addresses?: readonly string[] | undefined },
  namespace: string,
): V1Pod {
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
          image: spec.image ?? taggedReference(imagePins.busybox),
          ...(command && { command: [...command] }),
          ...(spec.args && { args: [...spec.args] }),
        },
      ],
    },
  }
}
