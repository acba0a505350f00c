export interface BackOffOptions {
  readonly firstMs: number
  readonly maximumMs: number
  /** The first delay is zero and `firstMs` is the second one. */
  readonly immediateFirst?: boolean
}

/**
 * Delays that double up to a bound. A kubelet starts at 10 s and ends at 5 min; a test cluster wants smaller numbers,
 * which whoever makes one states.
 */
export class BackOff {
  readonly #options: BackOffOptions
  #attempts = 0

  constructor(options: BackOffOptions) {
    this.#options = options
  }

  /** The delay before the next attempt, in milliseconds. */
  next(): number {
    const doublings = this.#options.immediateFirst ? this.#attempts - 1 : this.#attempts
    this.#attempts += 1
    if (doublings < 0) return 0
    return Math.min(this.#options.firstMs * 2 ** Math.min(doublings, 30), this.#options.maximumMs)
  }

  /** Forgets past attempts: what was tried has held long enough (a kubelet: twice the longest delay). */
  succeededFor(durationMs: number): void {
    if (durationMs >= 2 * this.#options.maximumMs) this.#attempts = 0
  }

  reset(): void {
    this.#attempts = 0
  }
}
