import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import type { Host } from '../../cluster/host.ts'
import { messageOf, PacketproofError } from '../../errors.ts'
import type { ComponentContext, Ownership } from '../component.ts'
import { cleanNode } from './cleanup.ts'
import { defaultMasqConfig, parseMasqConfig } from './config.ts'
import { expectedNodes } from './expected-nodes.ts'
import { type MasqueradeFlags, parseMasqueradeFlags } from './flags.ts'
import {
  agentLabels,
  agentName,
  agentNamespace,
  type MasqueradeOptions,
  masqueradeConfigMap,
  masqueradeManifest,
} from './manifest.ts'
import { missingOnNode } from './node-rules.ts'
import { type IpFamily, renderMasqueradeRules } from './rules.ts'

/** The part of a cluster that deploying the agent needs; the last two serve better messages and a cleaner removal. */
export type MasqueradeCluster = Pick<Cluster, 'nodes' | 'apply' | 'delete'> & Partial<Pick<Cluster, 'api' | 'logs'>>

/** A configuration that is changed reaches the agent after the kubelet has seen it and one resync interval has passed. */
const deployTimeoutMs = 150_000
const removeTimeoutMs = 60_000

export function masqueradeOwnership(options: MasqueradeOptions): Ownership {
  const { chain, enableIpv6 } = parseMasqueradeFlags(options.args ?? [])
  return { families: enableIpv6 ? [4, 6] : [4], chains: [chain], sets: [], devices: [] }
}

/**
 * Applies the manifest and resolves when every node has the chain, the jump and exactly the rules of the configuration.
 * @throws PacketproofError E_TIMEOUT that names the node, what is missing there and the agent's last words.
 */
export async function deployMasquerade(
  cluster: MasqueradeCluster,
  options: MasqueradeOptions,
  context: ComponentContext = {},
): Promise<void> {
  const flags = parseMasqueradeFlags(options.args ?? [])
  const payloads = await expectedPayloads(flags, options)
  const nodes = await expectedNodes(cluster, options)
  await cluster.apply(masqueradeManifest(options))
  if (options.config === undefined) await cluster.delete([masqueradeConfigMap('')])
  await Promise.all(nodes.map((node) => waitForNode(cluster, node, flags, payloads, context)))
}

/** Deletes the objects, waits for the agents to end, and removes the chain and the jumps that they leave on the nodes. */
export async function removeMasquerade(
  cluster: MasqueradeCluster,
  options: MasqueradeOptions,
  context: ComponentContext = {},
): Promise<void> {
  const { chains, families } = masqueradeOwnership(options)
  await cluster.delete(masqueradeManifest({ ...options, config: '' }))
  const wait = { timeoutMs: context.timeoutMs ?? removeTimeoutMs, ...(context.signal && { signal: context.signal }) }
  await waitFor('the agent pods to end', async () => (await agentPods(cluster)).length === 0, wait)
  await Promise.all(
    cluster.nodes.flatMap((node) =>
      families.flatMap((family) =>
        chains.map((chain) =>
          waitFor(
            `${node.name} to be free of the chain ${chain}`,
            async () => !(await cleanNode(node, family, chain)),
            wait,
          ),
        ),
      ),
    ),
  )
}

async function waitForNode(
  cluster: MasqueradeCluster,
  node: Host,
  flags: MasqueradeFlags,
  payloads: ReadonlyMap<IpFamily, readonly string[]>,
  context: ComponentContext,
): Promise<void> {
  const timeoutMs = context.timeoutMs ?? deployTimeoutMs
  let missing: string | undefined
  try {
    await waitFor(
      `the masquerade rules on ${node.name}`,
      async () => {
        for (const [family, accepted] of payloads) {
          missing = await missingOnNode(node, family, flags.chain, accepted)
          if (missing !== undefined) return false
        }
        return true
      },
      { timeoutMs, intervalMs: 20, ...(context.signal && { signal: context.signal }) },
    )
  } catch (error) {
    if (context.signal?.aborted || missing === undefined) throw error
    const words = await lastWords(cluster, node.name)
    throw new PacketproofError('E_TIMEOUT', `${node.name}: after ${timeoutMs} ms there is not yet ${missing}${words}`, {
      hint: `does the agent run on ${node.name}, and is its configuration valid? (packetproof agent masquerade --dry-run)`,
      cause: error,
    })
  }
}

/** With and without `--random-fully`: an agent leaves it out when its iptables has no such option, as versions before 2.10 did. */
async function expectedPayloads(
  flags: MasqueradeFlags,
  options: MasqueradeOptions,
): Promise<ReadonlyMap<IpFamily, readonly string[]>> {
  const config =
    options.config === undefined
      ? defaultMasqConfig(flags)
      : await parseMasqConfig(masqueradeConfigMap(options.config).data?.['config'] ?? '', flags)
  const render = (family: IpFamily): readonly string[] =>
    [flags.randomFully, false].map((randomFully) => renderMasqueradeRules(family, config, { ...flags, randomFully }))
  return new Map((flags.enableIpv6 ? ([4, 6] as const) : ([4] as const)).map((family) => [family, render(family)]))
}

async function agentPods(cluster: MasqueradeCluster): Promise<readonly { name: string; node: string }[]> {
  if (cluster.api === undefined) return []
  const labelSelector = Object.entries(agentLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
  const { items } = await cluster.api.core.listNamespacedPod({ namespace: agentNamespace, labelSelector })
  return items.map(({ metadata, spec }) => ({ name: metadata?.name ?? agentName, node: spec?.nodeName ?? '' }))
}

async function lastWords(cluster: MasqueradeCluster, node: string): Promise<string> {
  try {
    if (cluster.api === undefined || cluster.logs === undefined) return ''
    const pod = (await agentPods(cluster)).find((candidate) => candidate.node === node)
    if (pod === undefined) return '; no agent pod is on this node'
    const line = (await cluster.logs(agentNamespace, pod.name)).trimEnd().split('\n').at(-1)
    return line ? `; the agent's last line is: ${line}` : '; the agent has logged nothing'
  } catch (error) {
    return `; the agent's log could not be read: ${messageOf(error)}`
  }
}
