import type { ObjectStore } from '../api/types.ts'

const NAME = 'kube-root-ca.crt'

/** Gives every namespace the ConfigMap by which its pods know the API server's certificate. */
export function publishRootCa(store: ObjectStore, certificatePem: string): void {
  const publish = (namespace: string): void => {
    const owner = store.get('namespaces', undefined, namespace)
    if (owner === undefined || owner.metadata.deletionTimestamp !== undefined) return
    if (store.get('configmaps', namespace, NAME) !== undefined) return
    store.create('configmaps', { metadata: { name: NAME, namespace }, data: { 'ca.crt': certificatePem } })
  }
  store.subscribe('namespaces', ({ type, object: { metadata } }) => {
    if (type === 'ADDED') publish(metadata.name)
  })
  store.subscribe('configmaps', ({ type, object: { metadata } }) => {
    if (type === 'DELETED' && metadata.name === NAME) publish(metadata.namespace ?? '')
  })
}
