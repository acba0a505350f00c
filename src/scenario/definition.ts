import type { Capability } from '../cluster/capability.ts'
import type { ClaimResult } from '../report/model.ts'
import type { FaultDefinition } from './fault.ts'
import type { StepContext } from './step-context.ts'

/** One checkable sentence of a document. */
export interface ClaimDefinition {
  readonly id: string
  /** The sentence in our words. */
  readonly statement: string
  readonly judgement: ClaimResult['judgement']
  /** The verdict we expect; `none` for a remark that claims nothing about a datapath. */
  readonly expectation: ClaimResult['expectation']
  readonly correctedBy?: string
  readonly correctionOf?: string
  /** What the document should have said. */
  readonly erratum?: string
}

export interface StepDefinition<World> {
  /** Faults name it (`after:`). */
  readonly id: string
  readonly title: string
  /** The claims that this step settles, alone or with other steps. */
  readonly claims?: readonly string[]
  /** Later steps build on it: when it fails the scenario ends. */
  readonly essential?: boolean
  /** Earlier steps whose outcome it starts from: it takes them with it when only some claims are asked for. */
  readonly needs?: readonly string[]
  /**
   * Runs at the same time as the steps after it, because it has a cluster of its own and shares nothing with them. It is left out
   * when a fault is injected: that breaks the scenario's cluster.
   */
  readonly beside?: boolean
  /**
   * What the cluster must have for it. Where something is missing the step is skipped with that reason, and with it the claims that
   * no other step settles; steps that need it are skipped too, and when it is essential so is all that follows.
   */
  readonly requires?: readonly Capability[]
  /**
   * The component (one of the scenario's) that it deploys, changes or removes. Where the cluster has that one already
   * (`--component NAME=present`) the step is skipped, unless `whenPresent` takes its place.
   */
  readonly deploys?: string
  /** Finds the component that is there, in place of deploying one. It deploys, changes and removes nothing. @throws when there is none */
  whenPresent?(context: StepContext, world: World): Promise<void>
  /** Leaves the step out with this reason; its claims are then skipped. */
  readonly skip?: (context: StepContext) => string | undefined
  run(context: StepContext, world: World): Promise<void>
}

/** A documented system and how it is proved. The engine makes the cluster before the first step and removes it after the last. */
export interface ScenarioDefinition<World = unknown> {
  readonly name: string
  readonly title: string
  readonly document: { readonly id: string; readonly title: string; readonly language?: string; readonly note?: string }
  /** The cluster profile (`clusters/NAME.yaml`). */
  readonly profile: string
  /** What the cluster must have for any of it: else the scenario as a whole is skipped. */
  readonly requires?: readonly Capability[]
  /** The components under test, each with the variants that can be asked for. */
  readonly components: readonly { readonly name: string; readonly variants: readonly string[] }[]
  readonly claims: readonly ClaimDefinition[]
  readonly steps: readonly StepDefinition<World>[]
  readonly faults: readonly FaultDefinition[]
  /** Where a fault goes that names no step: after the one that deploys the component. */
  readonly defaultFaultStep: string
  /** What the steps share. */
  createWorld(): World
}

/** Fixes the world's type and forgets it, so that scenarios of different worlds fit in one list. */
export function defineScenario<World>(definition: ScenarioDefinition<World>): ScenarioDefinition {
  return definition
}
