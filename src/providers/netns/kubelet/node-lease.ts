import type { KubeObject, ObjectStore } from '../api/types.ts'

const namespace = 'kube-node-lease'
const renewEveryMs = 10_000

interface Lease extends KubeObject {
  spec: { renewTime: string }
}

/** Keeps the Lease of each node, by which a control plane sees that its kubelet lives. Returns the way to stop. */
export function keepNodeLeases(store: ObjectStore, nodeNames: readonly string[]): () => void {
  for (const name of nodeNames) {
    if (store.get('leases', namespace, name)) continue
    store.create('leases', {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace },
      spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: microTime() },
    })
  }
  const timer = setInterval(() => {
    for (const name of nodeNames) {
      store.modify<Lease>('leases', namespace, name, (draft) => {
        draft.spec.renewTime = microTime()
      })
    }
  }, renewEveryMs)
  timer.unref()
  return () => clearInterval(timer)
}

/** As `metav1.MicroTime` is written. */
function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z')
}
