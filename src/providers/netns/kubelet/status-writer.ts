import type { ObjectStore } from '../api/types.ts'
import { namespaceOf, type PodObject, type PodStatus } from './objects.ts'

export interface StatusSource {
  readonly pod: PodObject
  computeStatus(): PodStatus
}

/** Writes the statuses of pods, one write per pod for all that changed in the same turn of the event loop. */
export class StatusWriter {
  readonly #store: ObjectStore
  readonly #onError: (error: unknown) => void
  #dirty = new Set<StatusSource>()

  constructor(store: ObjectStore, onError: (error: unknown) => void) {
    this.#store = store
    this.#onError = onError
  }

  request(source: StatusSource): void {
    if (this.#dirty.size === 0) setImmediate(() => this.#flush())
    this.#dirty.add(source)
  }

  /** For an end that must be seen before the object goes away. */
  writeNow(source: StatusSource): void {
    this.#dirty.delete(source)
    this.#write(source)
  }

  #flush(): void {
    const sources = this.#dirty
    this.#dirty = new Set()
    for (const source of sources) this.#write(source)
  }

  #write(source: StatusSource): void {
    const { pod } = source
    try {
      this.#store.modify<PodObject>('pods', namespaceOf(pod), pod.metadata.name, (draft) => {
        if (draft.metadata.uid === pod.metadata.uid) draft.status = source.computeStatus()
      })
    } catch (error) {
      this.#onError(error)
    }
  }
}
