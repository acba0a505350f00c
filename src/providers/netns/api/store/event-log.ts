import type { KubeObject, WatchEvent } from '../types.ts'

/** One change of one object. */
export interface Change extends WatchEvent {
  readonly revision: number
  /** The object before; undefined for ADDED. */
  readonly previous: KubeObject | undefined
}

const KEPT_CHANGES = 4096

/** The latest changes of one resource, in order, and those who follow them. */
export class EventLog {
  #changes: Change[] = []
  /** The revision of the newest change that is no longer kept. */
  #compactedRevision = 0
  readonly #followers = new Set<(change: Change) => void>()

  get compactedRevision(): number {
    return this.#compactedRevision
  }

  append(change: Change): void {
    this.#changes.push(change)
    if (this.#changes.length > KEPT_CHANGES * 2) {
      const dropped = this.#changes.splice(0, KEPT_CHANGES)
      this.#compactedRevision = dropped.at(-1)?.revision ?? this.#compactedRevision
    }
    for (const follower of this.#followers) follower(change)
  }

  since(revision: number): readonly Change[] {
    return this.#changes.filter((change) => change.revision > revision)
  }

  /**
   * Passes `first` and then every further change to `listener`, in order, never inside the call that made the change.
   * Returns the way to stop.
   */
  follow(first: readonly Change[], listener: (change: Change) => void): () => void {
    const waiting: Change[] = [...first]
    let stopped = false
    let scheduled = false
    const drain = (): void => {
      scheduled = false
      for (let next = waiting.shift(); next !== undefined && !stopped; next = waiting.shift()) listener(next)
    }
    const schedule = (): void => {
      if (scheduled) return
      scheduled = true
      queueMicrotask(drain)
    }
    const follower = (change: Change): void => {
      waiting.push(change)
      schedule()
    }
    this.#followers.add(follower)
    if (waiting.length > 0) schedule()
    return () => {
      stopped = true
      this.#followers.delete(follower)
    }
  }
}
