import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from '../cluster/cluster.ts'
import { findHost, listHosts, type NamedHost } from '../cluster/find-host.ts'
import type { Host } from '../cluster/host.ts'
import { invalidInput } from '../errors.ts'
import { MatrixProber } from '../probe/matrix/matrix-prober.ts'
import type { CellOutcome, MatrixPort } from '../probe/matrix/types.ts'

export interface WatchPlan {
  /** Names of hosts; none for every pod that is not an agent of the cluster. */
  readonly hosts: readonly string[]
  readonly ports: readonly MatrixPort[]
  readonly intervalMs: number
  readonly signal: AbortSignal
}

/** What one round of probes found. */
export interface WatchRound {
  readonly names: readonly string[]
  readonly cells: readonly CellOutcome[]
  readonly durationMs: number
}

/**
 * Probes every pair of hosts again and again, each time with new connections, and hands over what it found.
 * @throws PacketproofError E_USAGE for a host that does not exist, E_INVALID_INPUT when there are fewer than two.
 */
export async function watchPods(
  cluster: Cluster,
  plan: WatchPlan,
  onRound: (round: WatchRound) => void,
): Promise<void> {
  const known = await listHosts(cluster)
  const hosts = plan.hosts.length > 0 ? plan.hosts.map((name) => findHost(known, name)) : podsOf(known)
  if (hosts.length < 2) {
    throw invalidInput(`there ${hosts.length === 1 ? 'is one host' : 'are no hosts'} to watch, expected at least two`, {
      hint: 'name hosts, or start pods outside kube-system',
    })
  }
  const names = hosts.map(nameOf)
  const ends = hosts.map((host, index) => ({ name: names[index] ?? '', host }))
  const targets = ends.map(({ name, host }) => ({ name, addresses: host.addresses, servers: [] }))
  await using prober = new MatrixProber()
  while (!plan.signal.aborted) {
    const start = performance.now()
    const { cells } = await prober.run({ sources: ends, targets, ports: plan.ports, signal: plan.signal })
    const durationMs = Math.round(performance.now() - start)
    onRound({ names, cells, durationMs })
    await pause(Math.max(0, plan.intervalMs - durationMs), undefined, { signal: plan.signal }).catch(() => undefined)
  }
}

function podsOf(known: readonly NamedHost[]): Host[] {
  return known
    .filter(({ host, names }) => host.kind === 'pod' && !names.some((name) => name.startsWith('kube-system/')))
    .map(({ host }) => host)
}

function nameOf(host: Host): string {
  return 'namespace' in host && typeof host.namespace === 'string' ? `${host.namespace}/${host.name}` : host.name
}
