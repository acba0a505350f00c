import { addressAt, parseCidr } from '../../helpers/cidr.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Topology } from '../report/model.ts'

/** The cluster as the report draws it. Pods of the node network are left out: they have no place of their own. */
export async function topologyOf(cluster: Cluster): Promise<Topology> {
  const { profile } = cluster
  const [nodes, pods] = await Promise.all([cluster.api.core.listNode(), cluster.api.core.listPodForAllNamespaces()])
  const roles = new Map(nodes.items.map((node) => [node.metadata?.name, roleOf(node.metadata?.labels ?? {})]))
  return {
    hosts: [
      {
        name: 'router',
        kind: 'router',
        addresses: profile.nodeSubnets.map((subnet) => addressAt(parseCidr(subnet), 1)),
        ...(!profile.routerKnowsPods && { note: 'does not know the pods' }),
      },
      ...cluster.nodes.map((node) => {
        const role = roles.get(node.name)
        return { name: node.name, kind: 'node' as const, addresses: node.addresses, ...(role && { note: role }) }
      }),
      ...pods.items
        .filter((pod) => !pod.spec?.hostNetwork && pod.status?.podIPs !== undefined)
        .map((pod) => ({
          name: pod.metadata?.name ?? '',
          kind: 'pod' as const,
          addresses: (pod.status?.podIPs ?? []).map((entry) => entry.ip),
          node: pod.spec?.nodeName ?? '',
        })),
      ...cluster.machines.map((machine) => {
        const routes = profile.externalHosts.find((host) => host.name === machine.name)?.routes
        const kind = machine.kind === 'outsider' ? ('outsider' as const) : ('external-host' as const)
        return {
          name: machine.name,
          kind,
          addresses: machine.addresses,
          ...(routes && { note: `routes to ${routes.join(', ') || 'nothing'}` }),
        }
      }),
    ],
    subnets: [
      ...profile.nodeSubnets.map((cidr) => ({ name: 'nodes', kind: 'nodes' as const, cidr })),
      ...profile.podCidrs.map((cidr) => ({ name: 'pods', kind: 'pods' as const, cidr })),
      ...profile.serviceCidrs.map((cidr) => ({ name: 'services', kind: 'services' as const, cidr })),
    ],
  }
}

function roleOf(labels: Readonly<Record<string, string>>): string | undefined {
  const prefix = 'node-role.kubernetes.io/'
  return Object.keys(labels)
    .find((label) => label.startsWith(prefix))
    ?.slice(prefix.length)
}
