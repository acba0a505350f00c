import { StoppableClock } from './clock.ts'
import { Places } from './places.ts'
import type { ProbeReport, ProberAnswer, ProbeSpec, ProbeTiming, SilentProbe } from './protocol.ts'
import { type ProbeContext, RunningProbe } from './running-probe.ts'
import type { SourcePorts } from './source-ports.ts'

/** So many probes are under way at once, each with up to a socket for each attempt. */
const MAX_RUNNING = 250
/** So many of them may be too young to be called silent: more would only wait for the servers' turn on the processors. */
const MAX_YOUNG = 60
const TICK_MS = 5

/** Runs the probes of one request, and tells of them as they end. */
export class ProbeBatch {
  readonly #waiting: ProbeSpec[]
  readonly #running = new Map<number, RunningProbe>()
  readonly #context: ProbeContext
  readonly #clock = new StoppableClock()
  readonly #onReports: (reports: readonly ProbeReport[]) => void
  #timer: NodeJS.Timeout | undefined

  constructor(
    probes: readonly ProbeSpec[],
    options: {
      readonly timing: ProbeTiming
      readonly ports: SourcePorts
      readonly onReports: (reports: readonly ProbeReport[]) => void
    },
  ) {
    this.#waiting = [...probes]
    this.#context = { places: new Places(), ports: options.ports, timing: options.timing }
    this.#onReports = options.onReports
    // After what has arrived has been read: when this process got no turn for long, answers may be waiting.
    this.#timer = setInterval(() => setImmediate(() => this.#tick()), TICK_MS)
    this.#tick()
  }

  hold(): Omit<Extract<ProberAnswer, { type: 'held' }>, 'type' | 'batch'> {
    this.#collect()
    this.#clock.stop()
    const running = [...this.#running.values()]
    const silent = running.filter(({ isSilent }) => isSilent)
    return {
      silent: silent.map(({ spec, packets }): SilentProbe => ({ id: spec.id, packets })),
      talking: running.length - silent.length,
      waiting: this.#waiting.length,
    }
  }

  release(): void {
    this.#clock.go()
  }

  conclude(ids: readonly number[], detail: string): void {
    for (const id of ids) {
      const probe = this.#running.get(id)
      if (probe?.isSilent === true) probe.giveUp(detail)
    }
    this.#clock.go()
    this.#tick()
  }

  close(): void {
    clearInterval(this.#timer)
    for (const probe of this.#running.values()) probe.giveUp('the prober was ended')
    this.#context.places.close()
  }

  #tick(): void {
    if (this.#clock.isStopped) return
    this.#collect()
    const now = this.#clock.nowMs
    let young = [...this.#running.values()].filter(({ packets }) => packets === 1).length
    while (this.#running.size < MAX_RUNNING && young < MAX_YOUNG) {
      const spec = this.#waiting.shift()
      if (spec === undefined) break
      this.#running.set(spec.id, new RunningProbe(spec, this.#context, now))
      young += 1
    }
    if (this.#running.size === 0 && this.#waiting.length === 0) this.close()
  }

  #collect(): void {
    const now = this.#clock.nowMs
    const reports = [...this.#running.values()].flatMap((probe) => probe.advance(now) ?? [])
    for (const { id } of reports) this.#running.delete(id)
    if (reports.length > 0) this.#onReports(reports)
  }
}
