import type { Judged } from '../evidence/judged.ts'
import type { ClaimPart } from '../evidence/verdict.ts'
import type { Check } from '../report/model.ts'

/** What a step says about one claim while it looks at the evidence. */
export class ClaimRecorder {
  readonly #checks: Check[] = []
  readonly #evidence = new Set<string>()
  #problem: string | undefined
  #skipReason: string | undefined

  /** An observation: when it does not hold, the claim is refuted. */
  observe(what: string, judged: Judged): void {
    this.#check('observation', what, judged)
  }

  /** A positive control: when it does not hold, the observation could not have shown the opposite, and the claim is inconclusive. */
  control(what: string, judged: Judged): void {
    this.#check('control', what, judged)
  }

  /** Evidence that belongs to the claim as a whole. */
  uses(...ids: readonly string[]): void {
    for (const id of ids) this.#evidence.add(id)
  }

  /** What the claim rests on can not be relied upon: inconclusive, with this reason. The first reason stands. */
  distrust(problem: string): void {
    this.#problem ??= problem
  }

  skip(reason: string): void {
    this.#skipReason = reason
  }

  get part(): ClaimPart & { readonly evidence: readonly string[] } {
    return {
      checks: this.#checks,
      evidence: [...this.#evidence],
      ...(this.#problem !== undefined && { problem: this.#problem }),
      ...(this.#skipReason !== undefined && { skipReason: this.#skipReason }),
    }
  }

  #check(role: Check['role'], what: string, judged: Judged): void {
    const { pass, expected, observed, evidence = [], problem } = judged
    if (problem !== undefined) this.distrust(`${what}: ${problem}`)
    this.uses(...evidence)
    this.#checks.push({ role, passed: pass, what, expected, observed, ...(evidence.length > 0 && { evidence }) })
  }
}
