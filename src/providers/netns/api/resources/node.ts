import type { V1Node } from '@kubernetes/client-node'
import type { Stored } from '../wire.ts'
import { ageSince } from './ages.ts'
import { ageColumn, column, nameColumn, wideColumn } from './columns.ts'
import { defineResource } from './definition.ts'

type Node = Stored<V1Node>

export const nodes = defineResource<Node>({
  resource: 'nodes',
  singular: 'node',
  kind: 'Node',
  model: 'V1Node',
  shortNames: ['no'],
  namespaced: false,
  hasStatus: true,
  columns: [
    nameColumn,
    column('Status', 'The status of the node'),
    column('Roles', 'The roles of the node'),
    ageColumn,
    column('Version', 'Kubelet Version reported by the node.'),
    wideColumn('Internal-IP', 'List of addresses reachable to the node.'),
    wideColumn('External-IP', 'List of addresses reachable to the node.'),
    wideColumn('OS-Image', 'OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).'),
    wideColumn('Kernel-Version', "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64)."),
    wideColumn('Container-Runtime', 'ContainerRuntime Version reported by the node through runtime remote API.'),
  ],
  cells: (node, nowMs) => [
    node.metadata.name,
    statusOf(node),
    rolesOf(node) || '<none>',
    ageSince(node.metadata.creationTimestamp, nowMs),
    node.status?.nodeInfo?.kubeletVersion ?? '',
    addressOf(node, 'InternalIP'),
    addressOf(node, 'ExternalIP'),
    node.status?.nodeInfo?.osImage || '<unknown>',
    node.status?.nodeInfo?.kernelVersion || '<unknown>',
    node.status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
  ],
  fieldSelectors: { 'spec.unschedulable': (node) => String(node.spec?.unschedulable ?? false) },
  applyDefaults(draft) {
    draft.spec ??= {}
  },
  validateUpdate(node, old, problems) {
    if (old.spec?.podCIDR !== undefined && node.spec?.podCIDR !== old.spec.podCIDR) {
      problems.forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid')
    }
    if (old.spec?.providerID !== undefined && node.spec?.providerID !== old.spec.providerID) {
      problems.forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid')
    }
  },
})

function statusOf(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready')
  const text = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'
  return node.spec?.unschedulable ? `${text},SchedulingDisabled` : text
}

function rolesOf(node: Node): string {
  const roles = Object.entries(node.metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith('node-role.kubernetes.io/')) return [key.slice('node-role.kubernetes.io/'.length)]
    return key === 'kubernetes.io/role' && value !== '' ? [value] : []
  })
  return [...new Set(roles)]
    .filter((role) => role !== '')
    .sort()
    .join(',')
}

function addressOf(node: Node, type: string): string {
  return node.status?.addresses?.find((address) => address.type === type)?.address ?? '<none>'
}
