import type { KubernetesObject, V1Namespace, V1Pod } from '@kubernetes/client-node'
import { packageVersion } from '../../../helpers/package-version.ts'
import { quote } from '../../../helpers/quote.ts'
import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster, Pod } from '../../cluster/cluster.ts'
import { isTimeout, PacketproofError } from '../../errors.ts'
import { istioHelmCommands } from '../../images/istio-charts.ts'
import { istioCharts } from '../../images/pins.ts'
import type { ComponentContext, Ownership, Variant } from '../component.ts'
import { injectObject } from './inject/inject-object.ts'
import type { InjectOptions, PodParts } from './inject/inject-pod.ts'
import { initContainerName, isOwnImage, proxyContainerName } from './inject/sidecar-containers.ts'

export interface SidecarOptions {
  /** The namespace whose pods get the sidecar. It is made, and it is taken away with all that is in it. */
  readonly namespace: string
  /** Default `builtin`. */
  readonly variant?: Variant
}

export type SidecarCluster = Pick<Cluster, 'api' | 'apply' | 'delete' | 'podHost'>

const removeTimeoutMs = 60_000
const podTimeoutMs = 60_000

/** The chains of istio-iptables, in the pods; on nodes there is nothing. */
export function sidecarOwnership(): Ownership {
  const names = ['INBOUND', 'OUTPUT', 'OUTPUT_DNS', 'REDIRECT', 'IN_REDIRECT', 'DIVERT', 'TPROXY', 'DROP']
  return { families: [4, 6], chains: names.map((name) => `ISTIO_${name}`), sets: [], devices: [] }
}

/**
 * Makes the namespace with the label by which pods get the sidecar at admission.
 * @throws PacketproofError E_CLUSTER for the variant `upstream` where istiod is not installed.
 */
export async function deploySidecar(cluster: SidecarCluster, options: SidecarOptions): Promise<void> {
  if (options.variant === 'upstream') await requireIstiod(cluster)
  await cluster.apply([namespaceOf(options)])
}

/** Deletes the namespace, and with it the pods that carry the rules. Resolves when it is gone. */
export async function removeSidecar(
  cluster: SidecarCluster,
  options: SidecarOptions,
  context: ComponentContext = {},
): Promise<void> {
  const { signal, timeoutMs = removeTimeoutMs } = context
  await cluster.delete([namespaceOf(options)])
  const isGone = async (): Promise<boolean> =>
    (await cluster.api.core.listNamespacedPod({ namespace: options.namespace })).items.length === 0
  await waitFor(`the pods of ${options.namespace} to be gone`, isGone, { timeoutMs, ...(signal && { signal }) })
}

/**
 * Creates pods in the namespace and resolves when they are Ready, with their sidecars. Where nothing injects them when they are created,
 * they are injected before.
 * @throws PacketproofError E_TIMEOUT; E_CLUSTER for a pod that comes up without its sidecar.
 */
export async function runSidecarPods(
  cluster: SidecarCluster,
  pods: readonly PodParts[],
  options: SidecarOptions,
  context: ComponentContext = {},
): Promise<readonly Pod[]> {
  const { namespace } = options
  const placed = pods.map(({ metadata, spec }) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, namespace },
    spec,
  }))
  const [first] = placed
  const own = ownImages(options.variant)
  const injects = own === undefined && first !== undefined && (await isInjectedAtAdmission(cluster, namespace, first))
  const images = own ?? { image: `packetproof/agent:${packageVersion()}` }
  const objects: readonly KubernetesObject[] = injects ? placed : placed.map((pod) => injectObject(pod, images).object)
  await cluster.apply(objects)
  return await Promise.all(
    placed.map(async ({ metadata: { name = '' } }) => await readyPod(cluster, namespace, name, context)),
  )
}

/**
 * A program of this machine (`host:…`) writes the rules, and the built-in proxy stays; an image is that of both containers, and its Envoy
 * runs by itself.
 */
function ownImages(variant: SidecarOptions['variant']): InjectOptions | undefined {
  if (typeof variant !== 'object') return undefined
  const { image } = variant
  return image.startsWith('host:') ? { initImage: image } : { image, isStatic: !isOwnImage(image) }
}

async function readyPod(
  cluster: SidecarCluster,
  namespace: string,
  name: string,
  { signal, timeoutMs = podTimeoutMs }: ComponentContext,
): Promise<Pod> {
  let last: V1Pod | undefined
  const look = async (): Promise<V1Pod | undefined> => {
    last = await cluster.api.core.readNamespacedPod({ namespace, name })
    return isReady(last) ? last : undefined
  }
  const wait = { timeoutMs, ...(signal && { signal }) }
  const pod = await waitFor(`pod ${namespace}/${name} to be Ready`, look, wait).catch((cause: unknown) => {
    if (!isTimeout(cause)) throw cause
    const message = `after ${timeoutMs} ms pod ${namespace}/${name} is not Ready: ${containersNotReady(last)}`
    throw new PacketproofError('E_TIMEOUT', message, { cause })
  })
  if (hasSidecar(pod)) return cluster.podHost(pod)
  throw new PacketproofError(
    'E_CLUSTER',
    `pod ${namespace}/${name} came up without the container ${proxyContainerName}`,
  )
}

/** What `kubectl describe pod` would say of each container that is not as it should be. */
function containersNotReady(pod: V1Pod | undefined): string {
  const containers = [...(pod?.status?.initContainerStatuses ?? []), ...(pod?.status?.containerStatuses ?? [])]
  const states = containers.flatMap(({ name, ready, state, lastState }) => {
    if (ready) return []
    const what = state?.waiting ?? state?.terminated ?? { reason: 'not ready' }
    const ended = lastState?.terminated?.message
    return [[`${name}: ${what.reason ?? ''}`, what.message, ended].filter(Boolean).join(': ')]
  })
  return states.join('; ') || (pod?.status?.phase ?? 'it was never seen')
}

function isReady({ status }: V1Pod): boolean {
  return status?.conditions?.some(({ type, status: state }) => type === 'Ready' && state === 'True') ?? false
}

/** With native sidecars the proxy is among the init containers. */
function hasSidecar({ spec }: V1Pod): boolean {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].some(({ name }) => name === proxyContainerName)
}

async function isInjectedAtAdmission(cluster: SidecarCluster, namespace: string, pod: V1Pod): Promise<boolean> {
  return hasSidecar(await cluster.api.core.createNamespacedPod({ namespace, body: pod, dryRun: 'All' }))
}

/** Whether the cluster has an istiod that is ready, in the namespace of its charts. */
export async function hasIstiod({ api }: Pick<Cluster, 'api'>): Promise<boolean> {
  const { items } = await api.core.listNamespacedPod({ namespace: istioCharts.namespace, labelSelector: 'app=istiod' })
  return items.some(isReady)
}

async function requireIstiod(cluster: SidecarCluster): Promise<void> {
  const { namespace } = istioCharts
  if (await hasIstiod(cluster)) return
  const commands = istioHelmCommands('KUBECONFIG').map((argv) => argv.map(quote).join(' '))
  throw new PacketproofError('E_CLUSTER', `no istiod is ready in the namespace ${namespace}`, {
    hint: `install it: ${commands.join(' && ')}`,
  })
}

function namespaceOf({ namespace }: SidecarOptions): V1Namespace {
  const labels = { 'istio-injection': 'enabled' }
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }
}

/** The names of the two containers, for what looks at pods. */
export const sidecarContainers = { init: initContainerName, proxy: proxyContainerName } as const
