import type { MemoryStore } from '../store/memory-store.ts'

/** Empties a namespace once its deletion has begun, and takes it away once it is empty. */
export function startNamespaceLifecycle(store: MemoryStore): void {
  const namespaced = store.definitions.filter((definition) => definition.namespaced).map(({ resource }) => resource)
  const isEmpty = (namespace: string): boolean =>
    namespaced.every((resource) => store.list(resource, namespace).length === 0)
  const finish = (namespace: string): void => {
    if (isEmpty(namespace)) store.remove('namespaces', undefined, namespace)
  }

  store.subscribe('namespaces', ({ type, object: { metadata } }) => {
    if (type === 'DELETED' || metadata.deletionTimestamp === undefined) return
    for (const resource of namespaced) {
      for (const object of store.list(resource, metadata.name)) {
        if (object.metadata.deletionTimestamp === undefined) store.delete(resource, metadata.name, object.metadata.name)
      }
    }
    finish(metadata.name)
  })
  for (const resource of namespaced) {
    store.subscribe(resource, ({ type, object: { metadata } }) => {
      if (type !== 'DELETED' || metadata.namespace === undefined) return
      const namespace = store.get('namespaces', undefined, metadata.namespace)
      if (namespace?.metadata.deletionTimestamp !== undefined) finish(metadata.namespace)
    })
  }
}
