import type { V1NetworkPolicy } from '@kubernetes/client-node'
import { validateNetworkPolicy } from '../validation/network-policy.ts'
import type { WithSpec } from '../wire.ts'
import { ageSince } from './ages.ts'
import { ageColumn, column, nameColumn } from './columns.ts'
import { defineResource } from './definition.ts'
import { formatSelector } from './workload-cells.ts'

export const networkPolicies = defineResource<WithSpec<V1NetworkPolicy>>({
  resource: 'networkpolicies',
  singular: 'networkpolicy',
  kind: 'NetworkPolicy',
  group: 'networking.k8s.io',
  model: 'V1NetworkPolicy',
  shortNames: ['netpol'],
  hasGeneration: true,
  columns: [nameColumn, column('Pod-Selector'), ageColumn],
  cells: (policy, nowMs) => [
    policy.metadata.name,
    formatSelector(policy.spec.podSelector),
    ageSince(policy.metadata.creationTimestamp, nowMs),
  ],
  applyDefaults(draft) {
    draft.spec ??= { podSelector: {} }
    const { spec } = draft
    spec.podSelector ??= {}
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
      for (const port of rule.ports ?? []) port.protocol ??= 'TCP'
    }
    if ((spec.policyTypes ?? []).length === 0) {
      spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress']
    }
  },
  validate: (policy, problems) => validateNetworkPolicy(policy.spec, problems),
})
