import type { MemoryStore } from '../store/memory-store.ts'

/** Gives every namespace its `default` ServiceAccount. */
export function startServiceAccounts(store: MemoryStore): void {
  store.subscribe('namespaces', ({ type, object: { metadata } }) => {
    if (type !== 'ADDED' || store.get('serviceaccounts', metadata.name, 'default') !== undefined) return
    const namespace = store.get('namespaces', undefined, metadata.name)
    if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return
    store.create('serviceaccounts', { metadata: { name: 'default', namespace: metadata.name } })
  })
}
