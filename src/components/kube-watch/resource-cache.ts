import { ApiError } from './api-request.ts'

/** What a watcher needs to know of an object. The types of `@kubernetes/client-node` fit. */
export interface Watchable {
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly resourceVersion?: string }
}

export interface ListResult<T> {
  readonly metadata?: { readonly resourceVersion?: string }
  readonly items?: readonly T[] | null
}

export interface WatchEvent<T> {
  readonly type: string
  readonly object: T
}

/** The objects of one path as of one resourceVersion. */
export class ResourceCache<T extends Watchable> {
  #objects = new Map<string, T>()
  /** Where to go on watching; undefined: what exists must be listed first. */
  resourceVersion: string | undefined

  /** A copy: it does not change any more. */
  get snapshot(): ReadonlyMap<string, T> {
    return new Map(this.#objects)
  }

  replace({ metadata, items }: ListResult<T>): void {
    this.#objects = new Map((items ?? []).map((object) => [keyOf(object), object]))
    this.resourceVersion = metadata?.resourceVersion ?? ''
  }

  /** Returns whether the objects changed. @throws ApiError what an ERROR event says. */
  apply({ type, object }: WatchEvent<T>): boolean {
    if (type === 'ERROR') {
      const { code = 500, message = 'the watch failed' } = object as { code?: number; message?: string }
      throw new ApiError(code, message)
    }
    const version = object.metadata?.resourceVersion
    if (version !== undefined) this.resourceVersion = version
    if (type === 'BOOKMARK') return false
    if (type === 'DELETED') return this.#objects.delete(keyOf(object))
    this.#objects.set(keyOf(object), object)
    return true
  }
}

/** `NAMESPACE/NAME`, or `NAME` of what is in no namespace. */
function keyOf({ metadata: { name = '', namespace } = {} }: Watchable): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}
