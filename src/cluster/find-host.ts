import type { V1Pod } from '@kubernetes/client-node'
import { nearestName } from '../../helpers/nearest-name.ts'
import { PacketproofError } from '../errors.ts'
import type { Cluster } from './cluster.ts'
import type { Host } from './host.ts'

/** A host and what a person may call it: `worker-1`, `client`, `default/client`. */
export interface NamedHost {
  readonly host: Host
  readonly names: readonly string[]
}

/** Nodes, outsiders, external hosts, and every pod that has a network namespace of its own. */
export async function listHosts(cluster: Cluster): Promise<NamedHost[]> {
  const { items } = await cluster.api.core.listPodForAllNamespaces()
  const pods = items.filter(hasOwnNetwork)
  return [
    ...[...cluster.nodes, ...cluster.machines].map((host) => ({ host, names: [host.name] })),
    ...pods.map((pod) => {
      const { name = '', namespace = '' } = pod.metadata ?? {}
      const isUnique = pods.filter((other) => other.metadata?.name === name).length === 1
      const full = `${namespace}/${name}`
      return {
        host: cluster.podHost(pod),
        names: isUnique || namespace === 'default' ? [full, name, `pod/${name}`] : [full],
      }
    }),
  ]
}

/** @throws PacketproofError E_USAGE for a name that no host has, or that several pods share; it suggests the nearest. */
export function findHost(hosts: readonly NamedHost[], name: string): Host {
  const found = hosts.find(({ names }) => names.includes(name))
  if (found !== undefined) return found.host
  const sharing = hosts.flatMap(({ names }) => names.filter((full) => full.endsWith(`/${name}`)))
  if (sharing.length > 1) {
    throw new PacketproofError('E_USAGE', `several pods are called "${name}"`, {
      hint: `say which: ${sharing.join(', ')}`,
    })
  }
  const known = hosts.flatMap(({ names }) => names)
  const meant = nearestName(name, known)
  const short = hosts.map(({ names }) => names[1] ?? names[0] ?? '')
  throw new PacketproofError('E_USAGE', `there is no host "${name}"`, {
    hint: meant === undefined ? `known: ${short.join(', ')}` : `did you mean "${meant}"?`,
  })
}

/** A hostNetwork pod has its node's network; one that has ended has none. */
function hasOwnNetwork(pod: V1Pod): boolean {
  const phase = pod.status?.phase
  return (
    pod.spec?.hostNetwork !== true && pod.status?.podIP !== undefined && phase !== 'Succeeded' && phase !== 'Failed'
  )
}
