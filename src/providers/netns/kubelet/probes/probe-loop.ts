import type { V1Probe } from '@kubernetes/client-node'
import type { Wire } from '../../api/wire.ts'

export type Probe = Wire<V1Probe>

export interface ProbeOutcome {
  readonly ok: boolean
  /** Why it failed, as the `Unhealthy` event says it. */
  readonly output: string
}

export interface ProbeListener {
  /** `successThreshold` attempts in a row have succeeded. */
  onSuccess(): void
  /** An attempt failed; `decisive` once `failureThreshold` in a row have. */
  onFailure(output: string, decisive: boolean): void
}

const firstEagerPauseMs = 20

/**
 * Probes a container by its schedule: after `initialDelaySeconds`, then every `periodSeconds`, with both thresholds.
 *
 * One thing differs from a kubelet, for the sake of fast tests: until the first success a probe is tried again after 20 ms, then
 * twice that, and so on up to the period. Failures of those extra attempts do not count.
 */
export class ProbeLoop {
  readonly #probe: Probe
  readonly #attempt: () => Promise<ProbeOutcome>
  readonly #listener: ProbeListener
  readonly #periodMs: number
  readonly #startedAtMs = performance.now()
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #successes = 0
  #failures = 0
  #everSucceeded = false
  #eagerPauseMs = firstEagerPauseMs
  #countFromMs: number

  constructor(probe: Probe, attempt: () => Promise<ProbeOutcome>, listener: ProbeListener) {
    this.#probe = probe
    this.#attempt = attempt
    this.#listener = listener
    this.#periodMs = (probe.periodSeconds ?? 10) * 1000
    const initialDelayMs = (probe.initialDelaySeconds ?? 0) * 1000
    this.#countFromMs = this.#startedAtMs + initialDelayMs + this.#periodMs
    this.#schedule(initialDelayMs)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #schedule(delayMs: number): void {
    this.#timer = setTimeout(() => void this.#run(), delayMs)
  }

  async #run(): Promise<void> {
    const startedAtMs = performance.now()
    let outcome: ProbeOutcome
    try {
      outcome = await this.#attempt()
    } catch (error) {
      outcome = { ok: false, output: error instanceof Error ? error.message : String(error) }
    }
    if (this.#stopped) return
    this.#judge(outcome, startedAtMs)
    // A listener may have stopped the loop.
    if (!this.#stopped) this.#schedule(this.#pauseMs(startedAtMs))
  }

  #judge({ ok, output }: ProbeOutcome, startedAtMs: number): void {
    if (ok) {
      this.#everSucceeded = true
      this.#failures = 0
      this.#successes += 1
      if (this.#successes >= (this.#probe.successThreshold ?? 1)) this.#listener.onSuccess()
      return
    }
    this.#successes = 0
    if (!this.#everSucceeded) {
      if (startedAtMs < this.#countFromMs - 1) return
      this.#countFromMs += this.#periodMs
    }
    this.#failures += 1
    this.#listener.onFailure(output, this.#failures >= (this.#probe.failureThreshold ?? 3))
  }

  #pauseMs(startedAtMs: number): number {
    const elapsedMs = performance.now() - startedAtMs
    if (this.#everSucceeded) return Math.max(0, this.#periodMs - elapsedMs)
    const untilCounted = Math.max(0, this.#countFromMs - performance.now())
    this.#eagerPauseMs = Math.min(this.#eagerPauseMs * 2, this.#periodMs)
    return Math.min(this.#eagerPauseMs / 2, untilCounted)
  }
}
