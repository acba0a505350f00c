import { describe, expect, it } from 'vitest'
import { waitFor } from '../../../../helpers/wait-for.ts'
import { createStore } from './create-store.ts'
import type { Pod } from './resources/pod.ts'
import type { MemoryStore } from './store/memory-store.ts'
import type { KubeObject } from './types.ts'

const serviceCidrs = ['10.96.0.0/28', 'fd00:96::/112']
const patience = { timeoutMs: 2000, intervalMs: 1 }

type Owners = NonNullable<KubeObject['metadata']['ownerReferences']>

function makeMap(store: MemoryStore, name: string, owners: Owners = [], namespace = 'default'): KubeObject {
  return store.create('configmaps', {
    metadata: { name, namespace, ...(owners.length > 0 ? { ownerReferences: owners } : {}) },
  })
}
const ownedBy = ({ metadata }: KubeObject, blockOwnerDeletion = false): Owners[number] => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: metadata.name,
  uid: metadata.uid,
  blockOwnerDeletion,
})
function makePod(store: MemoryStore, fields: object = {}): Pod {
  return store.create<Pod>('pods', {
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'i' }], ...fields },
  })
}
const names = (store: MemoryStore): string[] => store.list('configmaps').map(({ metadata }) => metadata.name)

describe('createStore', () => {
  it('begins with the namespaces of every cluster', () => {
    const store = createStore({ serviceCidrs })
    expect(store.list('namespaces').map(({ metadata }) => metadata.name)).toEqual([
      'default',
      'kube-system',
      'kube-public',
      'kube-node-lease',
    ])
  })

  it('tells subscribers what exists and then what happens, in order, after the call that caused it', async () => {
    const store = createStore({ serviceCidrs })
    makeMap(store, 'a')
    const seen: string[] = []
    const stop = store.subscribe('configmaps', ({ type, object }) => seen.push(`${type} ${object.metadata.name}`))
    makeMap(store, 'b')
    store.modify('configmaps', 'default', 'a', (draft) => {
      draft.metadata.labels = { x: 'y' }
    })
    store.delete('configmaps', 'default', 'a')
    expect(seen).toEqual([])
    await waitFor('the events', () => seen.length === 4, patience)
    expect(seen).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED a'])
    stop()
    makeMap(store, 'c')
    await Promise.resolve()
    expect(seen).toHaveLength(4)
  })

  it('hands out frozen objects and counts only real changes', () => {
    const store = createStore({ serviceCidrs })
    const map = makeMap(store, 'a')
    expect(() => Object.assign(map.metadata, { name: 'b' })).toThrow('read only')
    expect(store.modify('configmaps', 'default', 'a', () => undefined)).toBe(map)
  })

  it('raises the generation with the spec and not with the status', () => {
    const store = createStore({ serviceCidrs })
    makePod(store)
    const bound = store.modify<Pod>('pods', 'default', 'p', (draft) => void (draft.spec.nodeName = 'n'))
    expect(bound?.metadata.generation).toBe(2)
    const ready = store.modify<Pod>('pods', 'default', 'p', (draft) => void (draft.status = { phase: 'Running' }))
    expect(ready?.metadata.generation).toBe(2)
  })

  it('leaves a pod that has a node to its kubelet, and lets any other go', () => {
    const store = createStore({ serviceCidrs })
    makePod(store)
    store.delete('pods', 'default', 'p')
    expect(store.get('pods', 'default', 'p')).toBeUndefined()
    makePod(store, { nodeName: 'n' })
    store.delete('pods', 'default', 'p')
    expect(store.get('pods', 'default', 'p')?.metadata).toMatchObject({ deletionGracePeriodSeconds: 30 })
    store.delete('pods', 'default', 'p', 5)
    expect(store.get('pods', 'default', 'p')?.metadata).toMatchObject({ deletionGracePeriodSeconds: 5 })
    store.remove('pods', 'default', 'p')
    expect(store.get('pods', 'default', 'p')).toBeUndefined()
  })

  it('keeps an object until its finalizers are gone', () => {
    const store = createStore({ serviceCidrs })
    store.create('configmaps', { metadata: { name: 'a', finalizers: ['example.com/wait'] } })
    store.delete('configmaps', 'default', 'a')
    expect(store.get('configmaps', 'default', 'a')?.metadata.deletionTimestamp).toBeDefined()
    store.modify('configmaps', 'default', 'a', (draft) => void delete draft.metadata.finalizers)
    expect(store.get('configmaps', 'default', 'a')).toBeUndefined()
  })

  it('collects dependents of a deleted owner, through generations', async () => {
    const store = createStore({ serviceCidrs })
    const owner = makeMap(store, 'owner')
    const child = makeMap(store, 'child', [ownedBy(owner)])
    makeMap(store, 'grandchild', [ownedBy(child)])
    makeMap(store, 'other')
    store.delete('configmaps', 'default', 'owner')
    await waitFor('the dependents to go', () => names(store).length === 1, patience)
    expect(names(store)).toEqual(['other'])
  })

  it('keeps a dependent that has another owner', async () => {
    const store = createStore({ serviceCidrs })
    const [one, two] = [makeMap(store, 'one'), makeMap(store, 'two')]
    makeMap(store, 'child', [ownedBy(one), ownedBy(two)])
    store.delete('configmaps', 'default', 'one')
    await waitFor(
      'the reference to go',
      () => store.get('configmaps', 'default', 'child')?.metadata.ownerReferences?.length === 1,
      patience,
    )
  })

  it('orphans on request', async () => {
    const store = createStore({ serviceCidrs })
    const owner = makeMap(store, 'owner')
    makeMap(store, 'child', [ownedBy(owner)])
    store.deleteObject('configmaps', owner, { finalizer: 'orphan' })
    await waitFor('the owner to go', () => !names(store).includes('owner'), patience)
    expect(store.get('configmaps', 'default', 'child')?.metadata.ownerReferences).toBeUndefined()
  })

  it('lets an owner wait for what blocks it in the foreground', async () => {
    const store = createStore({ serviceCidrs })
    const owner = makeMap(store, 'owner')
    store.create('configmaps', {
      metadata: { name: 'child', ownerReferences: [ownedBy(owner, true)], finalizers: ['example.com/wait'] },
    })
    store.deleteObject('configmaps', owner, { finalizer: 'foregroundDeletion' })
    await waitFor(
      'the child to be marked',
      () => store.get('configmaps', 'default', 'child')?.metadata.deletionTimestamp,
      patience,
    )
    expect(names(store)).toContain('owner')
    store.modify('configmaps', 'default', 'child', (draft) => void delete draft.metadata.finalizers)
    await waitFor('both to go', () => names(store).length === 0, patience)
  })

  it('empties a namespace before it goes, and takes nothing new in', async () => {
    const store = createStore({ serviceCidrs })
    store.create('namespaces', { metadata: { name: 'web' } })
    store.create('configmaps', { metadata: { name: 'a', namespace: 'web', finalizers: ['example.com/wait'] } })
    store.delete('namespaces', undefined, 'web')
    expect(() => makeMap(store, 'late', [], 'web')).toThrow('because it is being terminated')
    await waitFor(
      'the map to be marked',
      () => store.get('configmaps', 'web', 'a')?.metadata.deletionTimestamp,
      patience,
    )
    expect(store.get('namespaces', undefined, 'web')).toMatchObject({ status: { phase: 'Terminating' } })
    store.modify('configmaps', 'web', 'a', (draft) => void delete draft.metadata.finalizers)
    await waitFor('the namespace to go', () => store.get('namespaces', undefined, 'web') === undefined, patience)
  })

  it('gives out cluster IPs until there are none', () => {
    const store = createStore({ serviceCidrs })
    const make = (index: number, spec: object = {}): KubeObject & { spec: { clusterIPs: string[] } } =>
      store.create('services', { metadata: { name: `s${index}` }, spec: { ports: [{ port: 80 }], ...spec } })
    expect(make(0, { ipFamilyPolicy: 'RequireDualStack' }).spec.clusterIPs).toEqual(['10.96.0.10', 'fd00:96::a'])
    expect(() => make(1, { clusterIP: '10.96.0.10' })).toThrow('provided IP is already allocated')
    expect(() => make(1, { clusterIP: '10.97.0.1' })).toThrow('the provided IP is not in the valid range')
    expect(make(1, { clusterIP: 'None' }).spec.clusterIPs).toEqual(['None'])
    for (let index = 2; index < 6; index += 1) make(index)
    expect(() => make(6)).toThrow('range is full')
  })
})
