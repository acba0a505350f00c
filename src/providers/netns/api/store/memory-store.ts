import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { Problems } from '../problems.ts'
import { apiVersionOf, type ResourceContext, type ResourceDefinition } from '../resources/definition.ts'
import { decodeObject } from '../schema/decode-object.ts'
import { alreadyExists, notFound } from '../status-error.ts'
import type { KubeObject, ObjectMeta, ObjectStore, WatchEvent } from '../types.ts'
import { validateMetadata } from '../validation/metadata.ts'
import { type Change, EventLog } from './event-log.ts'
import { deepFreeze } from './freeze.ts'
import { generateName, timestamp } from './names.ts'
import { checkNamespace } from './namespace-check.ts'

interface StoreOptions {
  readonly definitions: readonly ResourceDefinition[]
  /** One per address family; cluster IPs come from these. */
  readonly serviceCidrs: readonly string[]
}

interface WriteOptions {
  /** Do everything but store the result. */
  readonly dryRun?: boolean
  /** A last change before validation; sees the object with its defaults. */
  readonly finish?: (draft: KubeObject) => void
}

interface UpdateOptions extends WriteOptions {
  /** The change comes from a user: what is immutable stays. */
  readonly fromUser?: boolean
}

interface DeleteOptions {
  readonly gracePeriodSeconds?: number | undefined
  /** Added before the deletion begins (`foregroundDeletion`, `orphan`). */
  readonly finalizer?: string | undefined
  readonly dryRun?: boolean
}

interface Collection {
  readonly definition: ResourceDefinition
  readonly objects: Map<string, KubeObject>
  readonly log: EventLog
}

const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`

/** The objects of one cluster, in memory, behind the strategies of their resources. */
export class MemoryStore implements ObjectStore {
  readonly #collections = new Map<string, Collection>()
  readonly #context: ResourceContext
  #revision = 1

  constructor(options: StoreOptions) {
    for (const definition of options.definitions) {
      this.#collections.set(definition.resource, { definition, objects: new Map(), log: new EventLog() })
    }
    this.#context = {
      serviceCidrs: options.serviceCidrs,
      get: (resource, namespace, name) => this.get(resource, namespace, name),
      list: (resource, namespace) => this.list(resource, namespace),
    }
  }

  /** The resourceVersion of the newest change. */
  get revision(): number {
    return this.#revision
  }

  get definitions(): readonly ResourceDefinition[] {
    return [...this.#collections.values()].map((collection) => collection.definition)
  }

  get<T extends KubeObject>(resource: string, namespace: string | undefined, name: string): T | undefined {
    return this.#collection(resource).objects.get(keyOf(namespace, name)) as T | undefined
  }

  list<T extends KubeObject>(resource: string, namespace?: string): readonly T[] {
    const all = [...this.#collection(resource).objects.values()] as T[]
    return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace)
  }

  create<T extends KubeObject>(resource: string, object: unknown, options: WriteOptions = {}): T {
    const collection = this.#collection(resource)
    const { definition } = collection
    const draft = decodeObject(definition, object).object
    const { metadata } = draft
    if (definition.namespaced) metadata.namespace ??= 'default'
    else delete metadata.namespace
    if ((metadata.name ?? '') === '' && metadata.generateName !== undefined) {
      metadata.name = generateName(metadata.generateName)
    }
    checkNamespace(this, definition, metadata)
    this.#stampNew(definition, metadata)
    definition.prepareCreate?.(draft, this.#context)
    definition.applyDefaults?.(draft, this.#context)
    options.finish?.(draft)
    this.#validate(definition, draft, undefined)
    const key = keyOf(metadata.namespace, metadata.name)
    if (collection.objects.has(key)) throw alreadyExists(definition, metadata.name)
    if (options.dryRun) return deepFreeze(draft) as T
    return this.#store(collection, key, 'ADDED', draft, undefined) as T
  }

  modify<T extends KubeObject>(
    resource: string,
    namespace: string | undefined,
    name: string,
    change: (draft: T) => void,
  ): T | undefined {
    const old = this.get<T>(resource, namespace, name)
    if (old === undefined) return undefined
    const draft = structuredClone(old)
    change(draft)
    return this.update<T>(resource, old, draft)
  }

  /** Stores `next` in place of `old` when they differ. @throws StatusError */
  update<T extends KubeObject>(resource: string, old: T, next: T, options: UpdateOptions = {}): T {
    const collection = this.#collection(resource)
    const { definition } = collection
    const draft = decodeObject(definition, next).object
    const { metadata } = draft
    keepServerFields(metadata, old.metadata)
    definition.prepareUpdate?.(draft, old, this.#context)
    definition.applyDefaults?.(draft, this.#context)
    if (definition.hasGeneration && !isDeepStrictEqual(specOf(draft), specOf(old))) {
      metadata.generation = (old.metadata.generation ?? 0) + 1
    }
    options.finish?.(draft)
    this.#validate(definition, draft, options.fromUser ? old : undefined)
    if (isDeepStrictEqual(draft, old)) return old
    if (options.dryRun) return deepFreeze(draft) as T
    const key = keyOf(old.metadata.namespace, old.metadata.name)
    if (isFinished(draft)) return this.#take(collection, key, draft) as T
    return this.#store(collection, key, 'MODIFIED', draft, old) as T
  }

  delete(resource: string, namespace: string | undefined, name: string, gracePeriodSeconds?: number): void {
    const object = this.get(resource, namespace, name)
    if (object !== undefined) this.deleteObject(resource, object, { gracePeriodSeconds })
  }

  /** As the API's DELETE; returns the object as it is afterwards, or as it was last, and whether it is gone. */
  deleteObject(resource: string, object: KubeObject, options: DeleteOptions): { object: KubeObject; gone: boolean } {
    const collection = this.#collection(resource)
    const { definition } = collection
    const grace = definition.deletionGraceSeconds?.(object, options.gracePeriodSeconds) ?? 0
    const draft = structuredClone(object)
    const { metadata } = draft
    if (options.finalizer !== undefined && !metadata.finalizers?.includes(options.finalizer)) {
      metadata.finalizers = [...(metadata.finalizers ?? []), options.finalizer]
    }
    const stays = grace > 0 || (metadata.finalizers?.length ?? 0) > 0 || definition.beginDeletion !== undefined
    if (metadata.deletionTimestamp === undefined || grace < (metadata.deletionGracePeriodSeconds ?? 0)) {
      metadata.deletionTimestamp = timestamp(Date.now() + grace * 1000)
      metadata.deletionGracePeriodSeconds = grace
      if (definition.hasGeneration) metadata.generation = (metadata.generation ?? 0) + 1
      definition.beginDeletion?.(draft)
    }
    if (options.dryRun) return { object: draft, gone: !stays }
    const key = keyOf(metadata.namespace, metadata.name)
    if (!stays) return { object: this.#take(collection, key, draft), gone: true }
    if (isDeepStrictEqual(draft, object)) return { object, gone: false }
    return { object: this.#store(collection, key, 'MODIFIED', draft, object), gone: false }
  }

  remove(resource: string, namespace: string | undefined, name: string): void {
    const object = this.get(resource, namespace, name)
    if (object === undefined) return
    const collection = this.#collection(resource)
    const draft = structuredClone(object)
    const key = keyOf(namespace, name)
    draft.metadata.deletionTimestamp ??= timestamp()
    draft.metadata.deletionGracePeriodSeconds = 0
    if ((draft.metadata.finalizers?.length ?? 0) === 0) this.#take(collection, key, draft)
    else if (!isDeepStrictEqual(draft, object)) this.#store(collection, key, 'MODIFIED', draft, object)
  }

  subscribe<T extends KubeObject>(resource: string, listener: (event: WatchEvent<T>) => void): () => void {
    const collection = this.#collection(resource)
    const existing = [...collection.objects.values()].map(
      (object): Change => ({ type: 'ADDED', object, previous: undefined, revision: this.#revision }),
    )
    return collection.log.follow(existing, ({ type, object }) => listener({ type, object: object as T }))
  }

  /** Follows the changes after a revision; undefined when some of them are no longer known. */
  follow(resource: string, afterRevision: number, listener: (change: Change) => void): (() => void) | undefined {
    const { log } = this.#collection(resource)
    if (afterRevision < log.compactedRevision) return undefined
    return log.follow(log.since(afterRevision), listener)
  }

  #collection(resource: string): Collection {
    const collection = this.#collections.get(resource)
    if (collection === undefined) throw notFound({ resource: 'resources', group: '' }, resource)
    return collection
  }

  #stampNew(definition: ResourceDefinition, metadata: ObjectMeta): void {
    metadata.uid = randomUUID()
    metadata.creationTimestamp = timestamp()
    delete metadata.deletionTimestamp
    delete metadata.deletionGracePeriodSeconds
    if (definition.hasGeneration) metadata.generation = 1
    else delete metadata.generation
  }

  #validate(definition: ResourceDefinition, draft: KubeObject, old: KubeObject | undefined): void {
    const problems = new Problems()
    validateMetadata(draft.metadata, definition, problems)
    definition.validate?.(draft, problems, this.#context)
    if (old !== undefined) definition.validateUpdate?.(draft, old, problems)
    problems.throwIfAny(definition.kind, definition.group, draft.metadata.name ?? '')
  }

  #store(
    collection: Collection,
    key: string,
    type: 'ADDED' | 'MODIFIED',
    draft: KubeObject,
    previous: KubeObject | undefined,
  ): KubeObject {
    this.#revision += 1
    const revision = this.#revision
    draft.metadata.resourceVersion = String(revision)
    const object = deepFreeze(draft)
    collection.objects.set(key, object)
    collection.log.append({ type, object, previous, revision })
    return object
  }

  #take(collection: Collection, key: string, last: KubeObject): KubeObject {
    const previous = collection.objects.get(key)
    this.#revision += 1
    const revision = this.#revision
    const object = deepFreeze({ ...last, metadata: { ...last.metadata, resourceVersion: String(revision) } })
    collection.objects.delete(key)
    collection.log.append({ type: 'DELETED', object, previous, revision })
    return object
  }

  /** The apiVersion of a resource, for lists. */
  apiVersionOf(resource: string): string {
    return apiVersionOf(this.#collection(resource).definition)
  }
}

function keepServerFields(metadata: ObjectMeta, old: ObjectMeta): void {
  metadata.uid = old.uid
  metadata.creationTimestamp = old.creationTimestamp
  metadata.resourceVersion = old.resourceVersion
  for (const field of ['generateName', 'generation', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    const value = old[field]
    if (value === undefined) delete metadata[field]
    else Object.assign(metadata, { [field]: value })
  }
}

function specOf(object: KubeObject): unknown {
  return (object as { spec?: unknown }).spec
}

/** Nothing holds an object whose deletion has begun and whose grace and finalizers are over. */
function isFinished({ metadata }: KubeObject): boolean {
  return (
    metadata.deletionTimestamp !== undefined &&
    (metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
    (metadata.finalizers?.length ?? 0) === 0
  )
}
