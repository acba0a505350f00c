import type { ObjectStore } from '../api/types.ts'
import type { PodObject, ServiceObject } from './objects.ts'
import { serviceVariables } from './service-environment.ts'

/** Where the API answers in every node's own network: rules for services, and their want, do not touch it there. */
const nodePlace = { clusterIP: '127.0.0.1', ports: [{ name: 'https', port: 6443 }] }

/**
 * The variables by which every pod finds the API (`KUBERNETES_SERVICE_HOST` …), whatever its namespace and `enableServiceLinks`
 * say. None where the cluster has no `kubernetes` Service.
 */
export function apiEnvironment(store: ObjectStore, pod: PodObject): Record<string, string> {
  const service = store.get<ServiceObject>('services', 'default', 'kubernetes')
  if (!service) return {}
  return serviceVariables('kubernetes', pod.spec.hostNetwork ? nodePlace : service.spec)
}
