import { configMaps } from './config-map.ts'
import { daemonSets } from './daemon-set.ts'
import type { ResourceDefinition } from './definition.ts'
import { deployments } from './deployment.ts'
import { endpointSlices } from './endpoint-slice.ts'
import { endpoints } from './endpoints.ts'
import { events } from './event.ts'
import { namespaces } from './namespace.ts'
import { networkPolicies } from './network-policy.ts'
import { nodes } from './node.ts'
import { plainResources } from './plain.ts'
import { pods } from './pod.ts'
import { replicaSets } from './replica-set.ts'
import { secrets } from './secret.ts'
import { services } from './service.ts'
import { serviceAccounts } from './service-account.ts'

/** Every resource that the embedded cluster serves. Their order is the one of `kubectl get all`. */
export const resourceDefinitions: readonly ResourceDefinition[] = [
  pods,
  services,
  daemonSets,
  deployments,
  replicaSets,
  namespaces,
  nodes,
  configMaps,
  secrets,
  serviceAccounts,
  endpoints,
  events,
  endpointSlices,
  networkPolicies,
  ...plainResources,
]
