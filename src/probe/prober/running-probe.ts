import { randomBytes } from 'node:crypto'
import { messageOf } from '../../errors.ts'
import { type Attempt, type AttemptEnd, type AttemptEvents, endOfError } from './attempt.ts'
import { startDatagramAttempt } from './datagram-attempt.ts'
import type { Places } from './places.ts'
import type { ProbeReport, ProbeSpec, ProbeTiming } from './protocol.ts'
import type { SourcePorts } from './source-ports.ts'
import { startStreamAttempt } from './stream-attempt.ts'

/** Ports that something of the pod's own uses are passed over, this many times. */
const MAX_BUSY_PORTS = 50

export interface ProbeContext {
  readonly places: Places
  readonly ports: SourcePorts
  readonly timing: ProbeTiming
}

/** One probe: its attempts, until one of them is answered or the time is up. Its owner calls `advance` as time goes by. */
export class RunningProbe {
  readonly spec: ProbeSpec
  readonly #context: ProbeContext
  readonly #startedAtMs: number
  readonly #attempts: Attempt[] = []
  readonly #sourcePorts: number[] = []
  #aliveAtMs: number | undefined
  #now: number
  #end: AttemptEnd | undefined

  /** @param nowMs by the clock that `advance` is told, too. */
  constructor(spec: ProbeSpec, context: ProbeContext, nowMs: number) {
    this.spec = spec
    this.#context = context
    this.#startedAtMs = nowMs
    this.#now = nowMs
    this.advance(nowMs)
  }

  /** Heard nothing, and still waits. */
  get isSilent(): boolean {
    return this.#end === undefined && this.#aliveAtMs === undefined
  }

  get packets(): number {
    return this.#sourcePorts.length
  }

  /** Starts the attempts that are due, and ends the probe when its time is up. Returns the report once it is done. */
  advance(nowMs: number): ProbeReport | undefined {
    this.#now = nowMs
    const { timeoutMs, attemptsAtMs, answerMs } = this.#context.timing
    const elapsedMs = nowMs - this.#startedAtMs
    if (this.isSilent) for (const attempt of this.#attempts) attempt.check()
    while (this.isSilent && this.packets < attemptsAtMs.length && elapsedMs >= (attemptsAtMs[this.packets] ?? 0)) {
      this.#attempt()
    }
    if (this.isSilent && elapsedMs >= timeoutMs) this.giveUp('nothing came back')
    else if (this.#aliveAtMs !== undefined && nowMs - this.#aliveAtMs >= answerMs) this.#settle()
    return this.#report(nowMs)
  }

  giveUp(detail: string): void {
    this.#finish({ outcome: 'timed-out', detail, isVerified: false })
  }

  #attempt(): void {
    const { places, ports } = this.#context
    const { place, protocol, address, port } = this.spec
    const events: AttemptEvents = {
      onAlive: () => {
        this.#aliveAtMs ??= this.#now
      },
      onEnd: (end) => this.#finish(end),
    }
    for (let tries = 0; tries < MAX_BUSY_PORTS; tries += 1) {
      const sourcePort = ports.next(place ?? '')
      const spec = { address, port, sourcePort, nonce: `packetproof-${randomBytes(8).toString('hex')}` }
      try {
        const attempt = places.inside(place, () =>
          protocol === 'udp' ? startDatagramAttempt(spec, events) : startStreamAttempt(protocol, spec, events),
        )
        this.#sourcePorts.push(sourcePort)
        if (attempt === undefined) this.#fail(`there is no network namespace with the address ${place} here`)
        else this.#attempts.push(attempt)
        return
      } catch (error) {
        if ((error as { errno?: unknown }).errno === 'EADDRINUSE') continue
        this.#sourcePorts.push(sourcePort)
        this.#finish(endOfError(error as Error))
        return
      }
    }
    this.#fail(`${MAX_BUSY_PORTS} source ports in a row are in use`)
  }

  #fail(detail: string): void {
    this.#finish({ outcome: 'error', detail, isVerified: false })
  }

  #settle(): void {
    const known = this.#attempts.map((attempt) => attempt.conclusion()).find((conclusion) => conclusion !== undefined)
    if (known === undefined) this.#fail('it was reached, and nothing is known of it')
    else this.#finish({ ...known, detail: `${known.detail}; the server did not say who it is` })
  }

  #finish(end: AttemptEnd): void {
    if (this.#end !== undefined) return
    this.#end = end
    for (const attempt of this.#attempts.splice(0)) {
      try {
        attempt.abandon()
      } catch (error) {
        this.#end = { outcome: 'error', detail: messageOf(error), isVerified: false }
      }
    }
  }

  #report(nowMs: number): ProbeReport | undefined {
    if (this.#end === undefined) return undefined
    const { id } = this.spec
    return { id, ...this.#end, sourcePorts: [...this.#sourcePorts], durationMs: Math.round(nowMs - this.#startedAtMs) }
  }
}
