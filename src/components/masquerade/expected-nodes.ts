import type { V1Node } from '@kubernetes/client-node'
import type { Host } from '../../cluster/host.ts'
import { invalidInput } from '../../errors.ts'
import type { MasqueradeCluster } from './deploy.ts'
import type { MasqueradeOptions } from './manifest.ts'

/**
 * The nodes on which the agent's rules are to appear: those asked for, or those to which the scheduler gives its pods.
 * @throws PacketproofError E_INVALID_INPUT for a node that does not exist.
 */
export async function expectedNodes(cluster: MasqueradeCluster, options: MasqueradeOptions): Promise<readonly Host[]> {
  const { nodes } = options
  if (nodes === undefined) return schedulableNodes(cluster, options)
  const known = cluster.nodes.map(({ name }) => name)
  const unknown = nodes.find((name) => !known.includes(name))
  if (unknown !== undefined) throw invalidInput(`there is no node "${unknown}": the nodes are ${known.join(', ')}`)
  return cluster.nodes.filter(({ name }) => nodes.includes(name))
}

async function schedulableNodes(cluster: MasqueradeCluster, options: MasqueradeOptions): Promise<readonly Host[]> {
  if (cluster.api === undefined) return cluster.nodes
  const { items } = await cluster.api.core.listNode()
  const names = new Set(items.filter((node) => takes(node, options)).map(({ metadata }) => metadata?.name))
  return cluster.nodes.filter(({ name }) => names.has(name))
}

function takes({ metadata, spec }: V1Node, { nodeSelector = {}, tolerate = [] }: MasqueradeOptions): boolean {
  const repels = (spec?.taints ?? []).some(
    ({ key, effect }) => effect !== 'PreferNoSchedule' && !tolerate.includes(key),
  )
  return !repels && Object.entries(nodeSelector).every(([key, value]) => metadata?.labels?.[key] === value)
}
