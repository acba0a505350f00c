/** Milliseconds that stand still while it is stopped. */
export class StoppableClock {
  #elapsedMs = 0
  #startedAt: number | undefined = performance.now()

  get nowMs(): number {
    return this.#elapsedMs + (this.#startedAt === undefined ? 0 : performance.now() - this.#startedAt)
  }

  get isStopped(): boolean {
    return this.#startedAt === undefined
  }

  stop(): void {
    this.#elapsedMs = this.nowMs
    this.#startedAt = undefined
  }

  go(): void {
    this.#startedAt ??= performance.now()
  }
}
