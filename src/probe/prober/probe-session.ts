import { PacketproofError } from '../../errors.ts'
import type { ProbeReport, ProberAnswer, ProbeSpec, ProbeTiming } from './protocol.ts'
import type { ProberProcess } from './start-prober.ts'

export type Held = Extract<ProberAnswer, { type: 'held' }>

/** One batch of probes on one prober, from the harness. */
export class ProbeSession {
  readonly #prober: ProberProcess
  readonly #batch: number
  readonly #reports = new Map<number, ProbeReport>()
  readonly #count: number
  readonly #onProgress: () => void
  #held: ((held: Held) => void) | undefined
  #settle: { resolve: () => void; reject: (error: Error) => void } = { resolve: ignore, reject: ignore }
  /** Resolves when all have been reported. */
  readonly done: Promise<void>

  constructor(prober: ProberProcess, probes: readonly ProbeSpec[], timing: ProbeTiming, onProgress: () => void) {
    this.#prober = prober
    this.#count = probes.length
    this.#onProgress = onProgress
    this.done = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    // Whoever holds the session learns of its failure when it asks.
    this.done.catch(ignore)
    this.#batch = prober.open({
      onAnswer: (answer) => this.#onAnswer(answer),
      onEnd: (error) => this.#settle.reject(error),
    })
    prober.send({ type: 'probe', batch: this.#batch, probes, timing })
  }

  get reports(): ReadonlyMap<number, ProbeReport> {
    return this.#reports
  }

  get isDone(): boolean {
    return this.#reports.size === this.#count
  }

  async hold(): Promise<Held> {
    const held = new Promise<Held>((resolve) => {
      this.#held = resolve
    })
    this.#prober.send({ type: 'hold', batch: this.#batch })
    return await Promise.race([held, this.#failure()])
  }

  release(): void {
    this.#prober.send({ type: 'release', batch: this.#batch })
  }

  conclude(ids: readonly number[], detail: string): void {
    this.#prober.send({ type: 'conclude', batch: this.#batch, ids, detail })
  }

  close(): void {
    this.#prober.close(this.#batch)
  }

  async #failure(): Promise<never> {
    await this.done
    return await new Promise<never>(ignore)
  }

  #onAnswer(answer: ProberAnswer): void {
    if (answer.type === 'held') this.#held?.(answer)
    if (answer.type === 'failed') {
      this.#settle.reject(
        new PacketproofError('E_INTERNAL', `the prober on ${this.#prober.host.name}: ${answer.message}`),
      )
    }
    if (answer.type !== 'reports') return
    for (const report of answer.reports) this.#reports.set(report.id, report)
    this.#onProgress()
    if (this.isDone) this.#settle.resolve()
  }
}

function ignore(): void {
  // On purpose.
}
