const firstRetryMs = 10
const longestRetryMs = 10_000

/**
 * Keys to reconcile. What is added in one turn of the event loop is worked on once, in the next; a key whose work throws is
 * tried again, each time after twice as long.
 */
export class WorkQueue {
  readonly #reconcile: (key: string) => void
  readonly #onError: (error: unknown) => void
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #failures = new Map<string, number>()
  #keys = new Set<string>()
  #stopped = false

  constructor(reconcile: (key: string) => void, onError: (error: unknown) => void) {
    this.#reconcile = reconcile
    this.#onError = onError
  }

  add(key: string): void {
    if (this.#stopped) return
    if (this.#keys.size === 0) setImmediate(() => this.#work())
    this.#keys.add(key)
  }

  /** An earlier appointment for the same key stands. */
  addAfter(key: string, delayMs: number): void {
    if (this.#stopped || this.#timers.has(key)) return
    const timer = setTimeout(() => {
      this.#timers.delete(key)
      this.add(key)
    }, delayMs)
    this.#timers.set(key, timer)
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  #work(): void {
    const keys = this.#keys
    this.#keys = new Set()
    for (const key of keys) {
      if (this.#stopped) return
      try {
        this.#reconcile(key)
        this.#failures.delete(key)
      } catch (error) {
        const failures = this.#failures.get(key) ?? 0
        this.#failures.set(key, failures + 1)
        if (failures === 0) this.#onError(error)
        this.addAfter(key, Math.min(firstRetryMs * 2 ** Math.min(failures, 20), longestRetryMs))
      }
    }
  }
}
