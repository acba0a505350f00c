import type { V1Node } from '@kubernetes/client-node'
import { PacketproofError } from '../errors.ts'
import type { ClusterProfile } from './profile.ts'

type Role = ClusterProfile['nodes'][number]['role']

/** A node of the cluster, and the node of the profile that it stands for. */
export interface MappedNode {
  readonly item: V1Node
  /** What scenarios may call it: the name in the profile. */
  readonly profileName: string
  readonly role: Role
}

export interface NodeMapping {
  /** In the order of the profile. A control-plane node that the cluster does not show is left out. */
  readonly nodes: readonly MappedNode[]
  /** Names of those that no node of the profile needs. */
  readonly others: readonly string[]
}

const CONTROL_PLANE_LABEL = 'node-role.kubernetes.io/control-plane'

/**
 * The nodes of a cluster as those of a profile: by name, and otherwise in order among those with the same role. Workers may also be
 * control-plane nodes that take pods. Managed clusters hide their control plane, so a missing one is no error.
 * @throws PacketproofError E_CLUSTER when there are too few workers.
 */
export function mapNodes(profile: ClusterProfile, items: readonly V1Node[]): NodeMapping {
  const free = [...items].sort((a, b) => nameOf(a).localeCompare(nameOf(b), 'en', { numeric: true }))
  const take = (suits: (item: V1Node) => boolean): V1Node | undefined => {
    const at = free.findIndex(suits)
    return at < 0 ? undefined : free.splice(at, 1)[0]
  }
  const found = new Map<string, V1Node>()
  const assign = (wanted: readonly { readonly name: string }[], suits: (item: V1Node) => boolean): void => {
    for (const { name } of wanted.filter((node) => !found.has(node.name))) {
      const item = take(suits)
      if (item !== undefined) found.set(name, item)
    }
  }
  for (const { name } of profile.nodes) {
    const item = take((candidate) => nameOf(candidate) === name)
    if (item !== undefined) found.set(name, item)
  }
  const ofRole = (role: Role) => profile.nodes.filter((node) => node.role === role)
  assign(ofRole('worker'), (item) => !isControlPlane(item) && isUsable(item))
  assign(ofRole('worker'), isUsable)
  assign(ofRole('control-plane'), isControlPlane)
  const missing = ofRole('worker').filter(({ name }) => !found.has(name))
  if (missing.length > 0) throw tooFew(profile, items, missing.length)
  const nodes = profile.nodes.flatMap(({ name, role }) => {
    const item = found.get(name)
    return item === undefined ? [] : [{ item, profileName: name, role }]
  })
  return { nodes, others: free.map(nameOf) }
}

/** Whether ordinary pods can run there. */
function isUsable({ spec, status }: V1Node): boolean {
  const isReady = status?.conditions?.find(({ type }) => type === 'Ready')?.status !== 'False'
  const isLinux = (status?.nodeInfo?.operatingSystem ?? 'linux') === 'linux'
  const takesPods = spec?.unschedulable !== true && !spec?.taints?.some(({ effect }) => effect !== 'PreferNoSchedule')
  return isReady && isLinux && takesPods
}

function isControlPlane({ metadata }: V1Node): boolean {
  return metadata?.labels?.[CONTROL_PLANE_LABEL] !== undefined
}

function nameOf({ metadata }: V1Node): string {
  return metadata?.name ?? ''
}

function tooFew(profile: ClusterProfile, items: readonly V1Node[], missing: number): PacketproofError {
  const wanted = profile.nodes.filter(({ role }) => role === 'worker').length
  const usable = items.filter(isUsable).map(nameOf)
  const unusable = items.map(nameOf).filter((name) => !usable.includes(name))
  const rest = unusable.length === 0 ? '' : `; not usable (not Ready, tainted or cordoned): ${unusable.join(', ')}`
  return new PacketproofError(
    'E_CLUSTER',
    `the cluster has too few nodes for the profile "${profile.name}": it needs ${wanted} workers that take pods, and ${missing} of them ${missing === 1 ? 'is' : 'are'} missing`,
    { hint: `nodes that take pods: ${usable.join(', ') || 'none'}${rest}` },
  )
}
