import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import type { Host } from '../../cluster/host.ts'
import { isTimeout, messageOf, PacketproofError } from '../../errors.ts'
import type { ComponentContext, Ownership } from '../component.ts'
import { toolsOf } from '../run-tool.ts'
import { clusterNodesOf, type NodeObject } from './cluster-node.ts'
import { type ForwardGuardFlags, parseForwardGuardFlags } from './flags.ts'
import { guardFamilies, setNames } from './guard-rule.ts'
import {
  type ForwardGuardOptions,
  forwardGuardManifest,
  guardArguments,
  guardLabels,
  guardNamespace,
} from './manifest.ts'
import { type GuardState, inspectGuard, isInPlace } from './reconcile.ts'

/** The part of a cluster that the guard needs; logs serve better messages. */
export type ForwardGuardCluster = Pick<Cluster, 'nodes' | 'apply' | 'delete' | 'api'> & Partial<Pick<Cluster, 'logs'>>

const deployTimeoutMs = 60_000

export function forwardGuardOwnership(options: ForwardGuardOptions): Ownership {
  const families = options.ipv6 ? guardFamilies : ([4] as const)
  return {
    families,
    chains: [],
    sets: families.flatMap((family) => [setNames[family].nodes, setNames[family].pods]),
    devices: [],
  }
}

/**
 * Applies the manifest and resolves when on every node the set equals the cluster's nodes and the rule is at its place.
 * @throws PacketproofError E_USAGE for bad options; E_TIMEOUT that names the node and what is missing there.
 */
export async function deployForwardGuard(
  cluster: ForwardGuardCluster,
  options: ForwardGuardOptions,
  context: ComponentContext = {},
): Promise<void> {
  const flags = parseForwardGuardFlags(guardArguments(options))
  await cluster.apply(forwardGuardManifest(options))
  await Promise.all(cluster.nodes.map(async (node) => await waitForGuard(cluster, node, flags, context)))
}

async function waitForGuard(
  cluster: ForwardGuardCluster,
  node: Host,
  flags: ForwardGuardFlags,
  context: ComponentContext,
): Promise<void> {
  const timeoutMs = context.timeoutMs ?? deployTimeoutMs
  let missing = 'nothing was looked at yet'
  try {
    await waitFor(
      `the guard on ${node.name}`,
      async () => {
        const found = await missingOnNode(cluster, node, flags, context.signal)
        if (found !== undefined) missing = found
        return found === undefined
      },
      { timeoutMs, intervalMs: 20, ...(context.signal && { signal: context.signal }) },
    )
  } catch (error) {
    if (context.signal?.aborted || !isTimeout(error)) throw error
    const words = await lastWords(cluster, node.name)
    throw new PacketproofError(
      'E_TIMEOUT',
      `${node.name}: after ${timeoutMs} ms the guard is not in place: ${missing}${words}`,
      {
        hint: `does the agent run on ${node.name}? (packetproof agent forward-guard --dry-run tells there what it would do)`,
        cause: error,
      },
    )
  }
}

/** What a node lacks, for a message; undefined when there is nothing to do. */
async function missingOnNode(
  cluster: ForwardGuardCluster,
  node: Host,
  flags: ForwardGuardFlags,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    const { items } = await cluster.api.core.listNode()
    for (const family of flags.families) {
      const nodes = clusterNodesOf(items as readonly NodeObject[], family)
      const state = await inspectGuard(toolsOf(node, signal), family, nodes, { ...flags, nodeName: node.name })
      if (!isInPlace(state)) return describeMissing(state)
    }
    return undefined
  } catch (error) {
    signal?.throwIfAborted()
    return messageOf(error)
  }
}

function describeMissing({ plan, strays, tables }: GuardState): string {
  const { sets, rules, unusedSets } = plan
  if (sets !== '') return `ipset still needs "${sets.trimEnd().split('\n').join('; ')}"`
  if (rules !== '') return `FORWARD needs the rule "${plan.spec}" at place ${plan.number}`
  if (strays !== '') return `there is a guard in ${tables.other?.command ?? 'the other iptables'} too`
  return `there are still the sets ${unusedSets.join(', ')}`
}

async function lastWords(cluster: ForwardGuardCluster, nodeName: string): Promise<string> {
  try {
    if (cluster.logs === undefined) return ''
    const pod = (await guardPods(cluster)).find(({ node }) => node === nodeName)
    if (pod === undefined) return '; no agent pod is on this node'
    const line = (await cluster.logs(guardNamespace, pod.name)).trimEnd().split('\n').at(-1)
    return line ? `; the agent's last line is: ${line}` : '; the agent has logged nothing'
  } catch (error) {
    return `; the agent's log could not be read: ${messageOf(error)}`
  }
}

/** The agents' pods that exist. */
export async function guardPods(cluster: Pick<Cluster, 'api'>): Promise<readonly { name: string; node: string }[]> {
  const labelSelector = Object.entries(guardLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
  const { items } = await cluster.api.core.listNamespacedPod({ namespace: guardNamespace, labelSelector })
  return items.map(({ metadata, spec }) => ({ name: metadata?.name ?? '', node: spec?.nodeName ?? '' }))
}
