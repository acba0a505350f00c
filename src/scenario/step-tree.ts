import { AsyncLocalStorage } from 'node:async_hooks'
import { messageOf, PacketproofError } from '../errors.ts'
import type { Failure, Step } from '../report/model.ts'
import type { ProgressListener } from './progress.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
interface OpenStep extends Omit<Mutable<Step>, 'steps'> {
  steps: OpenStep[]
}

/** The tree of steps of one scenario, on the scenario's clock; each start and end is told to the listener. */
export class StepTree {
  readonly steps: OpenStep[] = []
  readonly #start = performance.now()
  readonly #prefix: string
  readonly #listener: ProgressListener
  /** Steps may run side by side: each knows what it is within. */
  readonly #open = new AsyncLocalStorage<OpenStep>()
  #count = 0

  /** @param prefix makes the ids told to the listener unique over several scenarios */
  constructor(prefix: string, listener: ProgressListener) {
    this.#prefix = prefix
    this.#listener = listener
  }

  get elapsedMs(): number {
    return Math.round(performance.now() - this.#start)
  }

  /** Runs `body` as a step of its own below the open one, and passes its error on. */
  async run<T>(title: string, body: () => Promise<T>, id = `step-${++this.#count}`): Promise<T> {
    const parent = this.#open.getStore()
    const step: OpenStep = { id, title, startedAtMs: this.elapsedMs, durationMs: 0, status: 'passed', steps: [] }
    ;(parent?.steps ?? this.steps).push(step)
    const told = this.#told(step)
    this.#listener({ type: 'step-start', id: told, title, ...(parent && { parentId: this.#told(parent) }) })
    try {
      return await this.#open.run(step, body)
    } catch (error) {
      step.status = isInterruption(error) ? 'interrupted' : 'failed'
      step.error = failureOf(error)
      throw error
    } finally {
      step.durationMs = this.elapsedMs - step.startedAtMs
      this.#listener({
        type: 'step-end',
        id: told,
        status: step.status,
        durationMs: step.durationMs,
        ...(step.error && { error: step.error.message }),
      })
    }
  }

  /** Notes a step that was left out. */
  skip(id: string, title: string, reason: string): void {
    const step: OpenStep = { id, title, startedAtMs: this.elapsedMs, durationMs: 0, status: 'skipped', steps: [] }
    step.error = { message: reason }
    this.steps.push(step)
    this.#listener({ type: 'step-start', id: this.#told(step), title })
    this.#listener({ type: 'step-end', id: this.#told(step), status: 'skipped', durationMs: 0, error: reason })
  }

  #told(step: OpenStep): string {
    return `${this.#prefix}/${step.id}`
  }
}

export function failureOf(error: unknown): Failure {
  const cause = error instanceof Error && error.cause !== undefined ? ` (${messageOf(error.cause)})` : ''
  const message = messageOf(error) + cause
  if (!(error instanceof PacketproofError)) return { message }
  return { message, code: error.code, ...(error.hint !== undefined && { hint: error.hint }) }
}

export function isInterruption(error: unknown): boolean {
  return error instanceof PacketproofError && error.code === 'E_INTERRUPTED'
}
