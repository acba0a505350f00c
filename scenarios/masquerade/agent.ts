import {
  agentLabels,
  agentNamespace,
  deployMasquerade,
  isTimeout,
  type MasqueradeOptions,
  masqAgentReadySelector,
  masqueradeConfigMap,
  masqueradeManifest,
  masqueradeOwnership,
  removeMasquerade,
  type StepContext,
  type V1Pod,
  waitFor,
} from '../../src/index.ts'
import type { MasqueradeWorld } from './world.ts'

/** How long rules may take once everything else is in place; what is still missing then is for the claims to find. */
const SETTLE_TIMEOUT_MS = 5000

/** The variant that was asked for, for the component's options. */
export function variantOf(context: StepContext): NonNullable<MasqueradeOptions['variant']> {
  const variant = context.settings.components.get('masquerade') ?? 'builtin'
  return variant === 'builtin' || variant === 'upstream' ? variant : { image: variant }
}

/** The name of the chain under test. */
export function chainOf(world: MasqueradeWorld): string {
  return masqueradeOwnership(world.deployed ?? {}).chains[0] ?? 'IP-MASQ-AGENT'
}

/** The nodes that run the agent. */
export function workersOf(context: StepContext) {
  return context.cluster.nodes.filter((node) => node.role === 'worker')
}

/**
 * Deploys the agent on the labelled workers, or changes how it is deployed. A DaemonSet that differs rolls its pods; a
 * configuration alone is picked up with the next cycle, or at once with `restart`.
 */
export async function deployAgent(
  context: StepContext,
  world: MasqueradeWorld,
  options: Omit<MasqueradeOptions, 'variant' | 'nodeSelector' | 'nodes'>,
  how: { readonly restart?: boolean } = {},
): Promise<void> {
  const deployed: MasqueradeOptions = {
    ...options,
    variant: variantOf(context),
    nodeSelector: masqAgentReadySelector,
    nodes: workersOf(context).map((node) => node.name),
  }
  world.deployed = deployed
  await context.cluster.apply(masqueradeManifest(deployed))
  removeAfterwards(context, world)
  if (how.restart === true) await restartAgents(context)
  const timeoutMs = SETTLE_TIMEOUT_MS * context.cluster.patience
  await settle(deployMasquerade(context.cluster, deployed, { timeoutMs, signal: context.signal }))
}

/** Where the cluster goes on, the agent and its rules do not. Call once something of it has been made. */
export function removeAfterwards(context: StepContext, world: MasqueradeWorld): void {
  if (world.isRemovedAfterwards) return
  world.isRemovedAfterwards = true
  context.afterwards('the masquerade agent', async () =>
    removeMasquerade(context.cluster, { ...world.deployed, args: [...(world.deployed?.args ?? []), '--enable-ipv6'] }),
  )
}

/** Rules that do not come are not an error of the scenario: the claims look at what is there. */
export async function settle(deployment: Promise<void>): Promise<void> {
  await deployment.catch((error: unknown) => {
    if (!isTimeout(error)) throw error
  })
}

export async function agentPods(context: StepContext): Promise<V1Pod[]> {
  const labelSelector = Object.entries(agentLabels)
    .map((pair) => pair.join('='))
    .join(',')
  const { items } = await context.cluster.api.core.listNamespacedPod({ namespace: agentNamespace, labelSelector })
  return items
}

/** Deletes the agents' pods and waits until the DaemonSet has made and started new ones. */
async function restartAgents(context: StepContext): Promise<void> {
  const old = await agentPods(context)
  await Promise.all(
    old.map((pod) =>
      context.cluster.api.core.deleteNamespacedPod({
        namespace: agentNamespace,
        name: pod.metadata?.name ?? '',
        gracePeriodSeconds: 1,
      }),
    ),
  )
  const gone = new Set(old.map((pod) => pod.metadata?.uid))
  await waitFor(
    'the agents to run again',
    async () => {
      const pods = await agentPods(context)
      const isNew = pods.every((pod) => !gone.has(pod.metadata?.uid) && pod.status?.phase === 'Running')
      return isNew && pods.length === old.length
    },
    { timeoutMs: 30_000 * Math.min(context.cluster.patience, 4), signal: context.signal },
  )
}

/** Changes the ConfigMap under the running agents and waits for nothing. */
export async function applyConfig(
  context: StepContext,
  world: MasqueradeWorld,
  config: NonNullable<MasqueradeOptions['config']>,
): Promise<void> {
  world.deployed = { ...world.deployed, config }
  await context.cluster.apply([masqueradeConfigMap(config)])
}
