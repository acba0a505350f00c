import type { MemoryStore } from '../store/memory-store.ts'
import type { KubeObject } from '../types.ts'

const FOREGROUND = 'foregroundDeletion'
const ORPHAN = 'orphan'

interface Found {
  readonly resource: string
  readonly object: KubeObject
}

/**
 * Follows ownerReferences as the garbage collector of a real cluster: dependents go once their last owner is gone; under
 * `Foreground` the owner waits for those that block it; under `Orphan` they lose the reference and stay.
 */
export function startGarbageCollector(store: MemoryStore): void {
  for (const { resource } of store.definitions) {
    store.subscribe(resource, ({ type, object }) => {
      if (type === 'DELETED') collectDependents(store, object)
      else if (object.metadata.deletionTimestamp !== undefined) workOnOwner(store, { resource, object })
      else if (type === 'ADDED' && hasOnlyAbsentOwners(store, object)) deleteFound(store, { resource, object })
    })
  }
}

function dependentsOf(store: MemoryStore, uid: string): Found[] {
  return store.definitions.flatMap(({ resource }) =>
    store
      .list(resource)
      .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid))
      .map((object) => ({ resource, object })),
  )
}

function collectDependents(store: MemoryStore, gone: KubeObject): void {
  for (const dependent of dependentsOf(store, gone.metadata.uid)) {
    if (hasOnlyAbsentOwners(store, dependent.object)) deleteFound(store, dependent)
    else dropOwner(store, dependent, gone.metadata.uid)
  }
  for (const owner of gone.metadata.ownerReferences ?? []) {
    const found = findOwner(store, gone.metadata.namespace, owner)
    if (found?.object.metadata.finalizers?.includes(FOREGROUND)) workOnOwner(store, found)
  }
}

function workOnOwner(store: MemoryStore, { resource, object }: Found): void {
  const current = store.get(resource, object.metadata.namespace, object.metadata.name)
  const finalizers = current?.metadata.finalizers ?? []
  const { uid } = object.metadata
  if (current?.metadata.uid !== uid) return
  if (finalizers.includes(ORPHAN)) {
    for (const dependent of dependentsOf(store, uid)) dropOwner(store, dependent, uid)
    dropFinalizer(store, { resource, object: current }, ORPHAN)
  } else if (finalizers.includes(FOREGROUND)) {
    const dependents = dependentsOf(store, uid)
    for (const dependent of dependents) {
      if (dependent.object.metadata.deletionTimestamp === undefined) deleteFound(store, dependent, FOREGROUND)
    }
    const blocks = dependentsOf(store, uid).some(({ object: { metadata } }) =>
      metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true),
    )
    if (!blocks) dropFinalizer(store, { resource, object: current }, FOREGROUND)
  }
}

function hasOnlyAbsentOwners(store: MemoryStore, { metadata }: KubeObject): boolean {
  const owners = metadata.ownerReferences ?? []
  return (
    owners.length > 0 &&
    owners.every((owner) => isServed(store, owner) && findOwner(store, metadata.namespace, owner) === undefined)
  )
}

type Owner = NonNullable<KubeObject['metadata']['ownerReferences']>[number]

/** An owner of a kind that is not served here may well exist for whoever made the reference. */
function isServed(store: MemoryStore, owner: Owner): boolean {
  return store.definitions.some(({ kind }) => kind === owner.kind)
}

function findOwner(store: MemoryStore, namespace: string | undefined, owner: Owner): Found | undefined {
  const definition = store.definitions.find(({ kind }) => kind === owner.kind)
  if (definition === undefined) return undefined
  const { resource } = definition
  const object = store.get(resource, definition.namespaced ? namespace : undefined, owner.name)
  return object?.metadata.uid === owner.uid ? { resource, object } : undefined
}

function deleteFound(store: MemoryStore, { resource, object }: Found, finalizer?: string): void {
  const current = store.get(resource, object.metadata.namespace, object.metadata.name)
  if (current?.metadata.uid === object.metadata.uid) store.deleteObject(resource, current, { finalizer })
}

function dropOwner(store: MemoryStore, { resource, object }: Found, uid: string): void {
  store.modify(resource, object.metadata.namespace, object.metadata.name, ({ metadata }) => {
    metadata.ownerReferences = (metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid)
    if (metadata.ownerReferences.length === 0) delete metadata.ownerReferences
  })
}

function dropFinalizer(store: MemoryStore, { resource, object }: Found, finalizer: string): void {
  store.modify(resource, object.metadata.namespace, object.metadata.name, ({ metadata }) => {
    metadata.finalizers = (metadata.finalizers ?? []).filter((text) => text !== finalizer)
    if (metadata.finalizers.length === 0) delete metadata.finalizers
  })
}
