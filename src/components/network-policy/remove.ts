import { waitFor } from '../../../helpers/wait-for.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import type { ComponentContext } from '../component.ts'
import { toolsOf } from '../run-tool.ts'
import { cleanNode } from './apply/programmer.ts'
import { policyAgentPods } from './deploy.ts'
import { findCalico } from './find-calico.ts'
import { type NetworkPolicyOptions, networkPolicyManifest } from './manifest.ts'

const REMOVE_TIMEOUT_MS = 60_000

/** Deletes the objects, waits for the agents to end, and takes chains, jumps and sets from every node. NetworkPolicies stay. */
export async function removeNetworkPolicy(
  cluster: Cluster,
  options: NetworkPolicyOptions,
  context: ComponentContext = {},
): Promise<void> {
  const { signal } = context
  const wait = { timeoutMs: context.timeoutMs ?? REMOVE_TIMEOUT_MS, ...(signal && { signal }) }
  await cluster.delete(networkPolicyManifest(options).toReversed())
  await waitFor(
    'the agents of the network policies to end',
    async () => (await policyAgentPods(cluster)).length === 0,
    wait,
  )
  // What is left then is not this component's.
  if ((await findCalico(cluster)) !== undefined) return
  await Promise.all(
    cluster.nodes.map((node) => {
      const isFree = async (): Promise<boolean> => !(await cleanNode(toolsOf(node, signal)))
      return waitFor(`${node.name} to be free of the network policies' rules`, isFree, wait)
    }),
  )
}
