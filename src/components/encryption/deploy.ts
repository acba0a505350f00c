import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import type { Host } from '../../cluster/host.ts'
import { isTimeout, messageOf, PacketproofError } from '../../errors.ts'
import type { ComponentContext, Ownership } from '../component.ts'
import { toolsOf } from '../run-tool.ts'
import { type NodeObject, type PodObject, readClusterFacts } from './cluster-facts.ts'
import { desiredNode, familiesFor } from './desired-node.ts'
import { type EncryptionFlags, parseEncryptionFlags } from './flags.ts'
import {
  type EncryptionOptions,
  encryptionArguments,
  encryptionLabels,
  encryptionManifest,
  encryptionNamespace,
} from './manifest.ts'
import { bothFamilies, chainNames, deviceName, publicKeyAnnotation, setNames } from './names.ts'
import { observeNode } from './observe.ts'
import { planNode } from './plan-node.ts'

/** The part of a cluster that encryption needs; logs serve better messages. */
export type EncryptionCluster = Pick<Cluster, 'nodes' | 'apply' | 'delete' | 'api'> & Partial<Pick<Cluster, 'logs'>>

const deployTimeoutMs = 60_000

export function encryptionOwnership(options: EncryptionOptions): Ownership {
  const { strict } = parseEncryptionFlags(encryptionArguments(options))
  return {
    families: bothFamilies,
    chains: [chainNames.mark, ...(strict ? [chainNames.strict] : [])],
    sets: bothFamilies.map((family) => setNames[family]),
    devices: [deviceName],
  }
}

/**
 * Applies the manifest and resolves when every node that takes part has its device, a peer for each of the others with the addresses of
 * its pods, the mark's rules, and the way into the tunnel.
 * @throws PacketproofError E_USAGE for bad options; E_TIMEOUT that names the node and what is missing there.
 */
export async function deployEncryption(
  cluster: EncryptionCluster,
  options: EncryptionOptions,
  context: ComponentContext = {},
): Promise<void> {
  const flags = parseEncryptionFlags(encryptionArguments(options))
  await cluster.apply(encryptionManifest(options))
  const nodes = await takingPart(cluster, options)
  await Promise.all(nodes.map(async (node) => await waitForNode(cluster, node, nodes, flags, context)))
}

async function takingPart(cluster: EncryptionCluster, { nodeSelector }: EncryptionOptions): Promise<readonly Host[]> {
  const { items } = await cluster.api.core.listNode()
  const selected = items.filter(({ metadata }) =>
    Object.entries(nodeSelector ?? {}).every(([key, value]) => metadata?.labels?.[key] === value),
  )
  const names = new Set(selected.map(({ metadata }) => metadata?.name))
  return cluster.nodes.filter(({ name }) => names.has(name))
}

async function waitForNode(
  cluster: EncryptionCluster,
  node: Host,
  others: readonly Host[],
  flags: EncryptionFlags,
  context: ComponentContext,
): Promise<void> {
  const { signal, timeoutMs = deployTimeoutMs } = context
  let missing: Missing = { what: 'nothing was looked at yet', on: node.name }
  try {
    await waitFor(
      `encryption on ${node.name}`,
      async () => {
        const found = await missingOnNode(cluster, node, others, flags, signal)
        if (found !== undefined) missing = found
        return found === undefined
      },
      { timeoutMs, intervalMs: 30, ...(signal && { signal }) },
    )
  } catch (error) {
    if (signal?.aborted || !isTimeout(error)) throw error
    const { what, on } = missing
    const words = await lastWords(cluster, on)
    throw new PacketproofError(
      'E_TIMEOUT',
      `${node.name}: after ${timeoutMs} ms encryption is not in place: ${what}${words}`,
      {
        hint: `does the agent run on ${on}? (packetproof agent encryption --dry-run tells there what it would do)`,
        cause: error,
      },
    )
  }
}

interface Missing {
  readonly what: string
  /** The node whose agent has to do it. */
  readonly on: string
}

/** What a node lacks, for a message; undefined when there is nothing to do. */
async function missingOnNode(
  cluster: EncryptionCluster,
  node: Host,
  others: readonly Host[],
  flags: EncryptionFlags,
  signal: AbortSignal | undefined,
): Promise<Missing | undefined> {
  try {
    const [nodes, pods] = await Promise.all([cluster.api.core.listNode(), cluster.api.core.listPodForAllNamespaces()])
    const facts = readClusterFacts(nodes.items as readonly NodeObject[], pods.items as readonly PodObject[])
    const silent = facts.nodes.find(
      ({ name, publicKey }) => publicKey === undefined && others.some((other) => other.name === name),
    )
    if (silent !== undefined) return { what: `${silent.name} has published no public key`, on: silent.name }
    const run = toolsOf(node, signal)
    const state = await observeNode(run, familiesFor(facts.nodes, node.name))
    const self = facts.nodes.find(({ name }) => name === node.name)
    const desire = desiredNode(facts, state.links, self?.publicKey, { ...flags, nodeName: node.name })
    const { rules, device } = planNode(state, desire.node)
    const [first] = [...rules, ...device]
    return first === undefined ? undefined : { what: `still to do: ${first.why}`, on: node.name }
  } catch (error) {
    signal?.throwIfAborted()
    return { what: messageOf(error), on: node.name }
  }
}

async function lastWords(cluster: EncryptionCluster, nodeName: string): Promise<string> {
  try {
    const pod = (await encryptionPods(cluster)).find(({ node }) => node === nodeName)
    if (pod === undefined) return '; no agent pod is on this node'
    const log = await cluster.api.core.readNamespacedPodLog({
      namespace: encryptionNamespace,
      name: pod.name,
      container: 'agent',
    })
    const line = log.trimEnd().split('\n').at(-1)
    return line ? `; the last line of the agent on ${nodeName} is: ${line}` : '; the agent has logged nothing'
  } catch (error) {
    return `; the agent's log could not be read: ${messageOf(error)}`
  }
}

/** The agents' pods that exist. */
export async function encryptionPods(
  cluster: Pick<Cluster, 'api'>,
): Promise<readonly { name: string; node: string }[]> {
  const labelSelector = Object.entries(encryptionLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
  const { items } = await cluster.api.core.listNamespacedPod({ namespace: encryptionNamespace, labelSelector })
  return items.map(({ metadata, spec }) => ({ name: metadata?.name ?? '', node: spec?.nodeName ?? '' }))
}

/** Takes the annotation with the public key from a Node, if it has one. */
export async function forgetPublicKey(cluster: Pick<Cluster, 'api'>, node: string): Promise<void> {
  const { PatchStrategy, setHeaderOptions } = await import('@kubernetes/client-node')
  const body = { metadata: { annotations: { [publicKeyAnnotation]: null } } }
  await cluster.api.core.patchNode({ name: node, body }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch))
}
