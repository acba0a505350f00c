import { startGarbageCollector } from './housekeeping/garbage-collector.ts'
import { startNamespaceLifecycle } from './housekeeping/namespace-lifecycle.ts'
import { startServiceAccounts } from './housekeeping/service-accounts.ts'
import { resourceDefinitions } from './resources/registry.ts'
import { MemoryStore } from './store/memory-store.ts'

const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

export interface CreateStoreOptions {
  /** One per address family, as CIDRs. */
  readonly serviceCidrs: readonly string[]
}

/**
 * The objects of a new cluster: its four namespaces. Emptying deleted namespaces and collecting dependents of deleted
 * owners go on for as long as the store lives.
 */
export function createStore(options: CreateStoreOptions): MemoryStore {
  const store = new MemoryStore({ definitions: resourceDefinitions, serviceCidrs: options.serviceCidrs })
  for (const name of SYSTEM_NAMESPACES) store.create('namespaces', { metadata: { name } })
  startServiceAccounts(store)
  startNamespaceLifecycle(store)
  startGarbageCollector(store)
  return store
}
