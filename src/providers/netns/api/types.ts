import type { SpawnedProcess } from '../fabric/types.ts'

export interface ObjectMeta {
  name: string
  generateName?: string
  namespace?: string
  uid: string
  resourceVersion: string
  generation?: number
  creationTimestamp: string
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
  labels?: Record<string, string>
  annotations?: Record<string, string>
  ownerReferences?: {
    apiVersion: string
    kind: string
    name: string
    uid: string
    controller?: boolean
    blockOwnerDeletion?: boolean
  }[]
  finalizers?: string[]
}

/** Any Kubernetes object, as the store holds it. Typed views (`V1Pod` …) come from `@kubernetes/client-node`, types only. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED'

export interface WatchEvent<T extends KubeObject = KubeObject> {
  readonly type: WatchEventType
  readonly object: T
}

/**
 * The objects of one cluster, in memory. `resource` is the plural name (`pods`, `daemonsets`, …). Every call is synchronous;
 * events reach subscribers in order, after the call that caused them has returned. Returned objects are frozen snapshots:
 * change them with `modify`.
 */
export interface ObjectStore {
  get<T extends KubeObject>(resource: string, namespace: string | undefined, name: string): T | undefined
  list<T extends KubeObject>(resource: string, namespace?: string): readonly T[]
  /** Validates, defaults, and fills in uid, resourceVersion and creationTimestamp. @throws StatusError */
  create<T extends KubeObject>(resource: string, object: unknown): T
  /**
   * Runs `change` on a draft and stores the result when it differs (validated; generation rises when the spec changed).
   * Returns undefined when there is no such object. @throws StatusError
   */
  modify<T extends KubeObject>(
    resource: string,
    namespace: string | undefined,
    name: string,
    change: (draft: T) => void,
  ): T | undefined
  /**
   * As the API's DELETE: a pod that runs on a node gets a deletionTimestamp and is left to its kubelet; an object with
   * finalizers waits for them; anything else goes at once.
   */
  delete(resource: string, namespace: string | undefined, name: string, gracePeriodSeconds?: number): void
  /** Takes the object away now (what a kubelet does once a pod's containers have ended). */
  remove(resource: string, namespace: string | undefined, name: string): void
  /** Replays what exists as ADDED, then follows. Returns the way to stop. */
  subscribe<T extends KubeObject>(resource: string, listener: (event: WatchEvent<T>) => void): () => void
}

export interface LogOptions {
  readonly follow: boolean
  readonly previous: boolean
  readonly timestamps: boolean
  readonly tailLines?: number
  readonly sinceSeconds?: number
  readonly limitBytes?: number
  readonly signal: AbortSignal
}

/** What the API server asks of the kubelets. Errors are StatusErrors (for instance 400 BadRequest, "container not found"). */
export interface PodRuntime {
  exec(
    namespace: string,
    pod: string,
    container: string | undefined,
    argv: readonly string[],
    options: { readonly stdin: boolean; readonly tty: boolean },
  ): Promise<SpawnedProcess>
  logs(namespace: string, pod: string, container: string | undefined, options: LogOptions): AsyncIterable<Buffer>
}
