import type { V1Service } from '@kubernetes/client-node'
import { validateService, validateServiceUpdate } from '../validation/service.ts'
import type { WithSpec } from '../wire.ts'
import { ageSince } from './ages.ts'
import { allocateClusterIps } from './cluster-ip.ts'
import { ageColumn, column, nameColumn, wideColumn } from './columns.ts'
import { defineResource } from './definition.ts'
import { formatLabels } from './workload-cells.ts'

type Service = WithSpec<V1Service>

export const services = defineResource<Service>({
  resource: 'services',
  singular: 'service',
  kind: 'Service',
  model: 'V1Service',
  shortNames: ['svc'],
  categories: ['all'],
  nameRule: 'label-1035',
  hasStatus: true,
  columns: [
    nameColumn,
    column('Type'),
    column('Cluster-IP'),
    column('External-IP'),
    column('Port(s)'),
    ageColumn,
    wideColumn('Selector'),
  ],
  cells: (service, nowMs) => [
    service.metadata.name,
    service.spec.type ?? '',
    service.spec.clusterIP || '<none>',
    externalIpsOf(service),
    portsOf(service),
    ageSince(service.metadata.creationTimestamp, nowMs),
    formatLabels(service.spec.selector),
  ],
  fieldSelectors: {
    'spec.clusterIP': (service) => service.spec.clusterIP ?? '',
    'spec.type': (service) => service.spec.type ?? '',
  },
  prepareCreate(draft, context) {
    applyDefaults(draft)
    draft.status = { loadBalancer: {} }
    allocateClusterIps(draft, context)
  },
  prepareUpdate(draft, old, context) {
    if (old.spec.type !== 'ExternalName' && draft.spec.type !== 'ExternalName') keepAllocated(draft, old)
    if (draft.spec.type === 'ClusterIP' && old.spec.type !== 'ClusterIP') dropExternal(draft, old)
    if (draft.spec.type === 'ExternalName' && old.spec.type !== 'ExternalName') dropAllocated(draft)
    applyDefaults(draft)
    allocateClusterIps(draft, context)
  },
  applyDefaults,
  validate: validateService,
  validateUpdate: validateServiceUpdate,
})

function applyDefaults(draft: Service): void {
  draft.spec ??= {}
  const { spec } = draft
  spec.type ??= 'ClusterIP'
  spec.sessionAffinity ??= 'None'
  if (spec.sessionAffinity === 'ClientIP') {
    spec.sessionAffinityConfig ??= { clientIP: { timeoutSeconds: 10_800 } }
  }
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster'
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') spec.externalTrafficPolicy ??= 'Cluster'
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true
  for (const port of spec.ports ?? []) {
    port.protocol ??= 'TCP'
    port.targetPort ??= port.port
  }
}

/** What the server allocated stays when a user's new version leaves it out. */
function keepAllocated({ spec }: Service, { spec: old }: Service): void {
  if ((spec.clusterIP ?? '') === '' && old.clusterIP !== undefined) spec.clusterIP = old.clusterIP
  if (spec.clusterIPs === undefined && spec.clusterIP === old.clusterIP && old.clusterIPs !== undefined) {
    spec.clusterIPs = old.clusterIPs
  }
  if (spec.ipFamilies === undefined && old.ipFamilies !== undefined) spec.ipFamilies = old.ipFamilies
  if (spec.ipFamilyPolicy === undefined && old.ipFamilyPolicy !== undefined) spec.ipFamilyPolicy = old.ipFamilyPolicy
  for (const port of spec.ports ?? []) {
    const before = old.ports?.find((other) => other.port === port.port && other.protocol === (port.protocol ?? 'TCP'))
    if (port.nodePort === undefined && before?.nodePort !== undefined && spec.type !== 'ClusterIP') {
      port.nodePort = before.nodePort
    }
  }
}

/** What only a Service that is reachable from outside has, unless the user gave it anew. */
function dropExternal({ spec }: Service, { spec: old }: Service): void {
  if (spec.externalTrafficPolicy === old.externalTrafficPolicy) delete spec.externalTrafficPolicy
  delete spec.allocateLoadBalancerNodePorts
  for (const port of spec.ports ?? []) {
    if (old.ports?.some(({ nodePort }) => nodePort === port.nodePort)) delete port.nodePort
  }
}

function dropAllocated({ spec }: Service): void {
  delete spec.clusterIP
  delete spec.clusterIPs
  delete spec.ipFamilies
  delete spec.ipFamilyPolicy
  delete spec.internalTrafficPolicy
}

function externalIpsOf({ spec, status }: Service): string {
  const ips = [...(spec.externalIPs ?? [])]
  if (spec.type === 'ExternalName') return spec.externalName ?? ''
  if (spec.type === 'LoadBalancer') {
    ips.unshift(...(status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? ''))
    return ips.length === 0 ? '<pending>' : ips.join(',')
  }
  return ips.length === 0 ? '<none>' : ips.join(',')
}

function portsOf({ spec }: Service): string {
  const ports = (spec.ports ?? []).map(
    ({ port, nodePort, protocol }) => `${port}${nodePort === undefined ? '' : `:${nodePort}`}/${protocol ?? 'TCP'}`,
  )
  return ports.length === 0 ? '<none>' : ports.join(',')
}
