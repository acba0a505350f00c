import type { Capability } from '../cluster/capability.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { EvidenceContext } from '../evidence/evidence-store.ts'
import type { ClaimRecorder } from './claim-recorder.ts'
import type { ScenarioSettings } from './settings.ts'

/** What a step works with. */
export interface StepContext extends EvidenceContext {
  readonly cluster: Cluster
  readonly settings: ScenarioSettings
  /** Aborts when the run is interrupted or its time is up. */
  readonly signal: AbortSignal
  /** Why the cluster lacks one of these; undefined when it has them all. For what is smaller than a step. */
  lacks(...required: readonly Capability[]): string | undefined
  /**
   * How to undo what a step does to nodes, once the scenario has ended in whatever way: last first. Not called where the cluster ends
   * with the scenario. It must not rely on the run's signal, which may have aborted.
   */
  afterwards(what: string, undo: () => Promise<void>): void
  /** Says which variant of a component is there, where that shows only on the cluster: the report names it. */
  foundVariant(component: string, variant: string): void
  /** Milliseconds since the scenario started: the clock of the report. */
  elapsedMs(): number
  /** A step within the step. */
  step<T>(title: string, body: () => Promise<T>): Promise<T>
  /**
   * Says what the evidence shows about a claim. Several steps may speak of the same claim: one refuted part refutes it.
   * When `body` throws, the part is inconclusive and the error is its reason.
   */
  claim(id: string, body: (claim: ClaimRecorder) => void | Promise<void>): Promise<void>
  /** Another cluster beside the scenario's own, removed with it. */
  createCluster(profile: string): Promise<Cluster>
}
