import type { ProviderChoices } from '../cluster/node-access.ts'
import type { Run } from '../report/model.ts'
import type { ClaimDefinition, ScenarioDefinition } from '../scenario/definition.ts'
import type { ProgressListener } from '../scenario/progress.ts'

export interface RunRequest {
  /** At least one. */
  readonly scenarios: readonly ScenarioDefinition[]
  readonly provider: string
  /** Variant by component name; a component that is not named keeps its first variant. */
  readonly components: ReadonlyMap<string, string>
  readonly includesClaim: (claim: ClaimDefinition) => boolean
  /** Faults to inject, by scenario name; undefined: break nothing. */
  readonly faults: ReadonlyMap<string, ScenarioDefinition['faults']> | undefined
  /** End each broken run with the step that caught its fault. */
  readonly untilCaught: boolean
  /** Keep each cluster once its scenario has ended, until the signal. */
  readonly keep: boolean
  /** Also take the steps that wait for real intervals, a minute and more. */
  readonly slow: boolean
  readonly outDirectory: string
  /** What the provider is told. */
  readonly choices: ProviderChoices
  /** The command line, for the report. */
  readonly command: readonly string[]
  readonly signal: AbortSignal
  /** Once the signal has aborted: what did that, for instance `SIGINT`. */
  readonly interruptedBy: () => string
  readonly onProgress: ProgressListener
}

export interface RunOutcome {
  readonly run: Run
  /** Where the report was written. */
  readonly reportDirectory: string
}

/** What the commands need of the part that knows and runs scenarios. */
export interface Engine {
  listScenarios(): Promise<readonly ScenarioDefinition[]>
  /** Resolves also when claims fail, and after an interrupt, once everything is cleaned up and the report is written. */
  runScenarios(request: RunRequest): Promise<RunOutcome>
}
