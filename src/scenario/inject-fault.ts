import type { Cluster } from '../cluster/cluster.ts'
import type { Host } from '../cluster/host.ts'
import { messageOf, PacketproofError } from '../errors.ts'
import type { FaultDefinition } from './fault.ts'

/**
 * Runs the fault's command on each host that it names. It has taken when it succeeded on at least one: of `nodes`, not every one
 * has the rules that the fault breaks.
 * @throws PacketproofError E_FAULT when there is no such host, or the command failed on every one: a fault that did not take
 * is no proof.
 */
export async function injectFault(cluster: Cluster, fault: FaultDefinition): Promise<void> {
  const hosts = await hostsOf(cluster, fault)
  const complaints = await Promise.all(hosts.map((host) => runFault(host, fault)))
  if (complaints.includes(undefined)) return
  throw new PacketproofError('E_FAULT', `fault "${fault.name}" did not take on any host: ${complaints.join('; ')}`)
}

/** What went wrong, if anything. */
async function runFault(host: Host, fault: FaultDefinition): Promise<string | undefined> {
  try {
    const result = await host.exec(fault.run)
    if (result.exitCode === 0) return undefined
    const said = result.stderr.trim() || result.stdout.trim() || 'it printed nothing'
    return `${host.name}: exit code ${result.exitCode ?? result.signal}: ${said}`
  } catch (error) {
    return `${host.name}: ${messageOf(error)}`
  }
}

async function hostsOf(cluster: Cluster, fault: FaultDefinition): Promise<readonly Host[]> {
  if (fault.on === 'nodes') return cluster.nodes
  const host =
    cluster.nodes.find((node) => node.profileName === fault.on) ??
    [...cluster.nodes, ...cluster.machines].find((candidate) => candidate.name === fault.on)
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
