import type { Cluster } from '../cluster/cluster.ts'
import type { Host } from '../cluster/host.ts'
import { messageOf, PacketproofError } from '../errors.ts'
import type { FaultDefinition } from './fault.ts'

/**
 * Runs the fault's command on each host that it names.
 * @throws PacketproofError E_FAULT when a host is unknown or the command fails there: a fault that did not take is no proof.
 */
export async function injectFault(cluster: Cluster, fault: FaultDefinition): Promise<void> {
  for (const host of await hostsOf(cluster, fault)) {
    const result = await host.exec(fault.run).catch((cause: unknown) => {
      throw new PacketproofError('E_FAULT', `fault "${fault.name}" on ${host.name}: ${messageOf(cause)}`, { cause })
    })
    if (result.exitCode !== 0) {
      const said = result.stderr.trim() || result.stdout.trim() || 'it printed nothing'
      throw new PacketproofError(
        'E_FAULT',
        `fault "${fault.name}" on ${host.name}: exit code ${result.exitCode}: ${said}`,
      )
    }
  }
}

async function hostsOf(cluster: Cluster, fault: FaultDefinition): Promise<readonly Host[]> {
  if (fault.on === 'nodes') return cluster.nodes
  const host = [...cluster.nodes, ...cluster.machines].find((candidate) => candidate.name === fault.on)
  if (host !== undefined) return [host]
  const pods = (await cluster.api.core.listPodForAllNamespaces()).items.filter(
    (pod) => pod.status?.phase === 'Running' && !pod.spec?.hostNetwork,
  )
  const chosen = pods.filter((pod) => fault.on === 'pods' || pod.metadata?.name === fault.on)
  if (chosen.length > 0) return chosen.map((pod) => cluster.podHost(pod))
  const known = [...cluster.nodes, ...cluster.machines].map((candidate) => candidate.name)
  const names = [...known, ...pods.map((pod) => pod.metadata?.name ?? '')]
  throw new PacketproofError('E_FAULT', `fault "${fault.name}": there is no host "${fault.on}"`, {
    hint: `hosts at this point: nodes, pods, ${names.join(', ')}`,
  })
}
