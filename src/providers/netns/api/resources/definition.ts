import type { Problems } from '../problems.ts'
import type { KubeObject } from '../types.ts'

/** What a strategy may look up while it defaults or validates an object. */
export interface ResourceContext {
  get<T extends KubeObject>(resource: string, namespace: string | undefined, name: string): T | undefined
  list<T extends KubeObject>(resource: string, namespace?: string): readonly T[]
  readonly serviceCidrs: readonly string[]
}

/** A column of `kubectl get`; priority 1 shows with `-o wide` only. */
export interface Column {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly format: '' | 'name'
  readonly description: string
  readonly priority: 0 | 1
}

export type Cell = string | number | boolean

/** How names of a resource are checked: RFC 1123 subdomain, RFC 1123 label, RFC 1035 label, or a path segment (RBAC). */
export type NameRule = 'subdomain' | 'label' | 'label-1035' | 'path-segment'

/** Everything the server knows of one resource; one file each in this folder. */
export interface ResourceDefinition<T extends KubeObject = KubeObject> {
  readonly resource: string
  readonly singular: string
  readonly kind: string
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly namespaced: boolean
  /** The model in the generated schema. */
  readonly model: string
  readonly nameRule: NameRule
  readonly hasStatus: boolean
  /** The resource has a `scale` subresource. */
  readonly scalable: boolean
  /** metadata.generation counts changes of the spec. */
  readonly hasGeneration: boolean
  readonly columns: readonly Column[]
  readonly cells: (object: T, nowMs: number) => readonly Cell[]
  /** Beside metadata.name and metadata.namespace. */
  readonly fieldSelectors: Readonly<Record<string, (object: T) => string>>
  /** Fills in what the user left out. Runs on create and on update, so it must be idempotent. */
  readonly applyDefaults?: (draft: T, context: ResourceContext) => void
  readonly prepareCreate?: (draft: T, context: ResourceContext) => void
  readonly prepareUpdate?: (draft: T, old: T, context: ResourceContext) => void
  readonly validate?: (object: T, problems: Problems, context: ResourceContext) => void
  /** What a user must not change. Not asked of the server's own controllers. */
  readonly validateUpdate?: (object: T, old: T, problems: Problems) => void
  /** Seconds the object stays, marked, for someone to end it; 0 takes it away at once. */
  readonly deletionGraceSeconds?: (object: T, requested: number | undefined) => number
  /** Marks a draft whose deletion has begun; with it, the object stays until `ObjectStore.remove`. */
  readonly beginDeletion?: (draft: T) => void
}

type Parts<T extends KubeObject> = Pick<
  ResourceDefinition<T>,
  'resource' | 'singular' | 'kind' | 'model' | 'columns' | 'cells'
> &
  Partial<ResourceDefinition<T>>

/** A definition with the usual settings: core/v1, namespaced, a subdomain name, no status. */
export function defineResource<T extends KubeObject>(parts: Parts<T>): ResourceDefinition {
  const definition: ResourceDefinition<T> = {
    group: '',
    version: 'v1',
    shortNames: [],
    categories: [],
    namespaced: true,
    nameRule: 'subdomain',
    hasStatus: false,
    scalable: false,
    hasGeneration: false,
    fieldSelectors: {},
    ...parts,
  }
  // A store keeps a resource's objects apart, so each strategy only ever sees its own kind.
  return definition as unknown as ResourceDefinition
}

export function apiVersionOf(definition: Pick<ResourceDefinition, 'group' | 'version'>): string {
  return definition.group === '' ? definition.version : `${definition.group}/${definition.version}`
}
