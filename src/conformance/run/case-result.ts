import type { Permission } from '../../oracle/evaluate.ts'
import type { PolicyPort } from '../../oracle/objects.ts'
import type { ConformanceCase, PolicyState } from '../conformance-case.ts'

/** A pair and a port whose traffic does not go as it has to. */
export interface WrongCell {
  readonly from: string
  readonly to: string
  readonly port: PolicyPort
  readonly expected: Permission
  readonly why: string
  /** What the probe met with: `ok`, `timed-out` … and what decided that. */
  readonly observed: string
}

/** What was seen of one state. */
export interface StateResult {
  readonly cells: number
  readonly wrong: readonly WrongCell[]
  /** Probes that did not work as such: they prove nothing. */
  readonly errors: readonly WrongCell[]
  /** Ports that the machine cannot speak, with the reason. */
  readonly skipped: readonly { readonly port: PolicyPort; readonly reason: string }[]
  /** Cells that the API leaves open. */
  readonly unspecified: number
  /** What was not as it has to be at the first look, but was at a later one. */
  readonly late: readonly WrongCell[]
  /** Why it can not be said that every node had caught up with the API. */
  readonly problem?: string
  /** From the API's last acknowledgement until all nodes enforced it. */
  readonly enforcedMs: number
  readonly durationMs: number
}

export interface StepResult extends StateResult {
  readonly title: string | undefined
}

/** `late`: as expected, but not at the first look, when the nodes had caught up with the API already. */
export type CaseOutcome = 'passed' | 'late' | 'failed' | 'inconclusive' | 'skipped'

export interface CaseResult {
  readonly name: string
  readonly origin: ConformanceCase['origin']
  readonly outcome: CaseOutcome
  /** Why, where it is not `passed`. */
  readonly reason?: string
  readonly steps: readonly StepResult[]
  readonly durationMs: number
  readonly counterexample?: Counterexample
}

/** The smallest state that was found to fail like the case. */
export interface Counterexample {
  readonly state: PolicyState
  readonly wrong: readonly WrongCell[]
  /** Objects for `packetproof matrix -f`. */
  readonly yaml: string
  readonly isMinimal: boolean
  readonly tries: number
}
