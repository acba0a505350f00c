import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster, Node } from '../../cluster/cluster.ts'
import { isTimeout, messageOf, PacketproofError } from '../../errors.ts'
import type { ComponentContext, Ownership } from '../component.ts'
import { toolsOf } from '../run-tool.ts'
import { missingOn } from './apply/programmer.ts'
import type { Dialect } from './dialect.ts'
import { refuseCalico } from './find-calico.ts'
import { parseNetworkPolicyFlags } from './flags.ts'
import {
  type NetworkPolicyOptions,
  networkPolicyManifest,
  policyAgentArguments,
  policyAgentLabels,
  policyAgentNamespace,
} from './manifest.ts'
import { type PolicyCluster, planNode } from './plan/plan-node.ts'
import { staticTables } from './render/static-chains.ts'

const DEPLOY_TIMEOUT_MS = 60_000

/** Chains of fixed names; those of pods, policies and profiles come and go with them (all begin with `cali-`), as sets do (`cali40…`). */
export function networkPolicyOwnership(options: NetworkPolicyOptions): Ownership {
  const { dialect } = flagsOf(options)
  const fixed = staticTables(dialect).flatMap(({ chains }) => chains.map(({ name }) => name))
  return { families: [4, 6], chains: ['cali-from-wl-dispatch', 'cali-to-wl-dispatch', ...fixed], sets: [], devices: [] }
}

/**
 * Applies the manifest and resolves when every node has just the rules and sets of the objects that there are.
 * @throws PacketproofError E_USAGE for bad options; E_CLUSTER where Calico is; E_TIMEOUT that names the node and what is missing there.
 */
export async function deployNetworkPolicy(
  cluster: Cluster,
  options: NetworkPolicyOptions,
  context: ComponentContext = {},
): Promise<void> {
  flagsOf(options)
  await refuseCalico(cluster)
  await cluster.apply(networkPolicyManifest(options))
  await waitForPolicies(cluster, options, context)
}

/**
 * Resolves when every node enforces the NetworkPolicies that there are, on the pods that there are: by its rules and sets.
 * @throws PacketproofError E_TIMEOUT that names the node and what is missing there.
 */
export async function waitForPolicies(
  cluster: Cluster,
  options: NetworkPolicyOptions = {},
  context: ComponentContext = {},
): Promise<void> {
  const { dialect } = flagsOf(options)
  await Promise.all(cluster.nodes.map((node) => waitForNode(cluster, node, dialect, context)))
}

async function waitForNode(
  cluster: Cluster,
  node: Node,
  dialect: Dialect,
  { timeoutMs = DEPLOY_TIMEOUT_MS, signal }: ComponentContext,
): Promise<void> {
  let missing: string | undefined = 'nothing was looked at yet'
  const look = async (): Promise<boolean> => {
    const objects = await readObjects(cluster)
    const plans = planNode(objects, node.name, dialect)
    missing = await missingOn(toolsOf(node, signal), plans).catch(messageOf)
    signal?.throwIfAborted()
    return missing === undefined
  }
  try {
    await waitFor(`the network policies on ${node.name}`, look, {
      timeoutMs,
      intervalMs: 15,
      ...(signal && { signal }),
    })
  } catch (error) {
    if (signal?.aborted || !isTimeout(error)) throw error
    throw new PacketproofError(
      'E_TIMEOUT',
      `${node.name}: after ${timeoutMs} ms the rules are not right, for instance: ${missing}${await lastWords(cluster, node.name)}`,
      { hint: `does the agent run on ${node.name}?`, cause: error },
    )
  }
}

async function readObjects({ api }: Cluster): Promise<PolicyCluster> {
  const { NetworkingV1Api } = await import('@kubernetes/client-node')
  const networking = api.config.makeApiClient(NetworkingV1Api)
  const [namespaces, pods, policies] = await Promise.all([
    api.core.listNamespace(),
    api.core.listPodForAllNamespaces(),
    networking.listNetworkPolicyForAllNamespaces(),
  ])
  return { namespaces: namespaces.items, pods: pods.items, policies: policies.items }
}

function flagsOf(options: NetworkPolicyOptions): ReturnType<typeof parseNetworkPolicyFlags> {
  return parseNetworkPolicyFlags(policyAgentArguments(options), { NODE_NAME: 'any' })
}

async function lastWords(cluster: Cluster, nodeName: string): Promise<string> {
  try {
    const pod = (await policyAgentPods(cluster)).find(({ node }) => node === nodeName)
    if (pod === undefined) return '; no agent pod is on this node'
    const line = (await cluster.logs(policyAgentNamespace, pod.name)).trimEnd().split('\n').at(-1)
    return line ? `; the agent's last line is: ${line}` : '; the agent has logged nothing'
  } catch (error) {
    return `; the agent's log could not be read: ${messageOf(error)}`
  }
}

/** The agents' pods that exist. */
export async function policyAgentPods(
  cluster: Pick<Cluster, 'api'>,
): Promise<readonly { name: string; node: string }[]> {
  const labelSelector = Object.entries(policyAgentLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
  const { items } = await cluster.api.core.listNamespacedPod({ namespace: policyAgentNamespace, labelSelector })
  return items.map(({ metadata, spec }) => ({ name: metadata?.name ?? '', node: spec?.nodeName ?? '' }))
}
