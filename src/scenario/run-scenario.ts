import { setMaxListeners } from 'node:events'
import { lackOf } from '../cluster/capability.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { ProviderChoices } from '../cluster/node-access.ts'
import { exitCodeOf, messageOf, PacketproofError } from '../errors.ts'
import { EvidenceStore } from '../evidence/evidence-store.ts'
import { Transcript } from '../evidence/transcript.ts'
import { type ClaimResult, type Failure, LEFT_OUT, type ScenarioRun, type Topology } from '../report/model.ts'
import { ClaimLedger } from './claim-ledger.ts'
import { ClaimRecorder } from './claim-recorder.ts'
import type { ScenarioDefinition, StepDefinition } from './definition.ts'
import { collectDiagnostics } from './diagnostics.ts'
import type { FaultDefinition } from './fault.ts'
import { injectFault } from './inject-fault.ts'
import type { ProgressListener } from './progress.ts'
import { type CreateCluster, ScenarioClusters } from './scenario-clusters.ts'
import { isPresent, type ScenarioSettings } from './settings.ts'
import type { StepContext } from './step-context.ts'
import { StepSkips } from './step-skips.ts'
import { failureOf, isInterruption, StepTree } from './step-tree.ts'
import { topologyOf } from './topology.ts'
import { wantedSteps } from './wanted-steps.ts'

export interface RunScenarioOptions {
  readonly provider: string
  readonly createCluster: CreateCluster
  readonly settings: ScenarioSettings
  /** The report's folder; raw evidence is written below it. */
  readonly folder: string
  /** Names this run of the scenario in file paths and progress; the scenario's name, and the fault's when there is one. */
  readonly label: string
  readonly signal: AbortSignal
  readonly listener: ProgressListener
  readonly fault?: FaultDefinition
  /** Asked after each step; the scenario ends when it says so. */
  readonly isEnough?: (claims: readonly ClaimResult[]) => boolean
  /** For the scenario's clusters; those beside its own take any free port. */
  readonly choices?: ProviderChoices
  /** Called with the cluster after the last step, before it is removed (`--keep`). */
  readonly beforeRemoval?: (cluster: Cluster) => Promise<void>
}

export interface ScenarioOutcome {
  readonly run: ScenarioRun
  /** Facts about the machine and the cluster, for the report. */
  readonly environment: Readonly<Record<string, string>>
  /** Set when a fault was given: whether it took, and if not why. */
  readonly injection?: { readonly injected: boolean; readonly error?: string }
  /** Why not even the first cluster could be made, when the machine or the command line is to blame. */
  readonly unusable?: PacketproofError
}

/** Runs one scenario on a cluster of its own. Never throws for what happens in it: that is in the result. */
export async function runScenario(scenario: ScenarioDefinition, options: RunScenarioOptions): Promise<ScenarioOutcome> {
  // Every command and capture of the scenario listens to it.
  setMaxListeners(0, options.signal)
  const execution = new Execution(scenario, options)
  return execution.run()
}

class Execution {
  readonly #scenario: ScenarioDefinition
  readonly #options: RunScenarioOptions
  readonly #startedAt = new Date()
  readonly #tree: StepTree
  readonly #ledger: ClaimLedger
  readonly #store: EvidenceStore
  readonly #transcript: Transcript
  readonly #clusters: ScenarioClusters
  #injection: ScenarioOutcome['injection']
  #topology: Topology = { hosts: [], subnets: [] }
  #variants: ScenarioRun['components']
  #unusable: PacketproofError | undefined
  #skipReason: string | undefined

  constructor(scenario: ScenarioDefinition, options: RunScenarioOptions) {
    this.#scenario = scenario
    this.#options = options
    this.#tree = new StepTree(options.label, options.listener)
    this.#ledger = new ClaimLedger(scenario.claims)
    this.#store = new EvidenceStore(options.folder, `evidence/${options.label}`)
    this.#transcript = new Transcript(this.#startedAt.getTime())
    this.#clusters = new ScenarioClusters(
      options.createCluster,
      options.signal,
      this.#transcript.observe,
      options.listener,
    )
    this.#variants = scenario.components.map(({ name, variants }) => ({
      name,
      variant: options.settings.components.get(name) ?? variants[0] ?? 'builtin',
    }))
  }

  async run(): Promise<ScenarioOutcome> {
    let error: Failure | undefined
    let interrupted = false
    let diagnostics: ScenarioRun['diagnostics']
    try {
      const cluster = await this.#createFirstCluster()
      await this.#steps(cluster)
      this.#topology = await topologyOf(cluster).catch(() => this.#topology)
      if (['failed', 'inconclusive'].includes(this.#status(undefined, false)) && this.#options.fault === undefined) {
        diagnostics = await collectDiagnostics(cluster, this.#store)
      }
      await this.#options.beforeRemoval?.(cluster)
    } catch (thrown) {
      interrupted = isInterruption(thrown) || this.#options.signal.aborted
      error = interrupted ? undefined : failureOf(thrown)
    }
    await this.#tree
      .run('remove the cluster', () => this.#clusters.removeAll(), 'removal')
      .catch((thrown: unknown) => {
        error ??= failureOf(thrown)
      })
    this.#store.add({
      kind: 'transcript',
      title: 'every command that ran on a host',
      entries: this.#transcript.entries,
    })
    const { name, title, document, profile } = this.#scenario
    return {
      run: {
        name,
        title,
        document,
        provider: this.#options.provider,
        profile,
        components: this.#variants,
        status: this.#status(error, interrupted),
        ...(this.#skipReason !== undefined && { skipReason: this.#skipReason }),
        ...(error && { error }),
        startedAt: this.#startedAt.toISOString(),
        durationMs: this.#tree.elapsedMs,
        topology: this.#topology,
        steps: this.#tree.steps,
        claims: this.#ledger.results(),
        evidence: this.#store.items,
        ...(diagnostics && { diagnostics }),
      },
      environment: this.#clusters.environment,
      ...(this.#injection && { injection: this.#injection }),
      ...(this.#unusable && { unusable: this.#unusable }),
    }
  }

  async #createFirstCluster(): Promise<Cluster> {
    const create = (): Promise<Cluster> => this.#clusters.create(this.#scenario.profile, this.#options.choices)
    try {
      return await this.#tree.run('create the cluster', create, 'cluster')
    } catch (error) {
      if (error instanceof PacketproofError && [2, 3].includes(exitCodeOf(error))) this.#unusable = error
      throw error
    }
  }

  async #steps(cluster: Cluster): Promise<void> {
    const context = this.#context(cluster)
    const world = this.#scenario.createWorld()
    for (const claim of this.#scenario.claims) {
      if (!this.#options.settings.includesClaim(claim)) this.#distrust(claim.id, { skipReason: LEFT_OUT })
    }
    this.#skipReason = lackOf(cluster.capabilities, this.#scenario.requires ?? [])
    if (this.#skipReason !== undefined) {
      for (const { id } of this.#scenario.claims) this.#distrust(id, { skipReason: this.#skipReason })
      return
    }
    const skips = new StepSkips(cluster.capabilities)
    const beside: Promise<unknown>[] = []
    try {
      for (const step of this.#wantedSteps()) {
        const skipReason = skips.reasonFor(step, context)
        if (skipReason !== undefined) this.#skip(step, skipReason)
        else if (step.beside === true) beside.push(settled(this.#step(step, context, world)))
        else if ((await this.#step(step, context, world)) && step.essential === true) break
        await this.#inject(cluster, step.id)
        if (this.#options.isEnough?.(this.#ledger.results()) === true) break
      }
    } finally {
      await Promise.all(beside)
    }
    throwIfAborted(this.#options.signal)
  }

  #skip(step: StepDefinition<unknown>, skipReason: string): void {
    this.#tree.skip(step.id, step.title, skipReason)
    for (const id of step.claims ?? []) this.#distrust(id, { skipReason })
  }

  /** Returns whether the step failed. An interruption is passed on. */
  async #step(step: StepDefinition<unknown>, context: StepContext, world: unknown): Promise<boolean> {
    throwIfAborted(this.#options.signal)
    const partsBefore = new Map(step.claims?.map((id) => [id, this.#ledger.countParts(id)]))
    try {
      if (step.deploys === undefined || !isPresent(context.settings, step.deploys)) {
        await this.#tree.run(step.title, () => step.run(context, world), step.id)
        return false
      }
      const find = async (): Promise<void> => step.whenPresent?.(context, world)
      await this.#tree.run(`find the ${step.deploys} that the cluster has`, find, step.id)
      for (const id of step.claims ?? []) {
        if (this.#ledger.countParts(id) > (partsBefore.get(id) ?? 0)) continue
        this.#distrust(id, { skipReason: `it is about deploying ${step.deploys}, which the cluster has already` })
      }
      return false
    } catch (error) {
      if (this.#options.signal.aborted) throw error
      for (const id of step.claims ?? []) {
        // What an earlier step has shown does not make up for what this one did not come to.
        if (this.#ledger.countParts(id) > (partsBefore.get(id) ?? 0)) continue
        this.#distrust(id, { problem: `step "${step.id}" failed: ${messageOf(error)}` })
      }
      if (this.#clusters.death !== undefined) throw this.#clusters.death
      return true
    }
  }

  #wantedSteps(): readonly StepDefinition<unknown>[] {
    return wantedSteps(this.#scenario, this.#options.settings.includesClaim, this.#options.fault !== undefined)
  }

  #distrust(id: string, why: { readonly problem?: string; readonly skipReason?: string }): void {
    this.#ledger.add(id, { checks: [], evidence: [], durationMs: 0, ...why })
  }

  async #inject(cluster: Cluster, stepId: string): Promise<void> {
    const { fault } = this.#options
    if (fault === undefined || (fault.after ?? this.#scenario.defaultFaultStep) !== stepId) return
    try {
      await this.#tree.run(`inject the fault "${fault.name}"`, () => injectFault(cluster, fault), 'fault')
      this.#injection = { injected: true }
    } catch (error) {
      this.#injection = { injected: false, error: messageOf(error) }
      throw error
    }
  }

  #context(cluster: Cluster): StepContext {
    const { settings, signal } = this.#options
    const start = this.#startedAt.getTime()
    return {
      cluster,
      settings,
      signal,
      evidence: this.#store,
      elapsedMs: () => this.#tree.elapsedMs,
      afterwards: (what, undo) => {
        const { retain, shared } = this.#options.choices ?? {}
        if (cluster.isBorrowed && (retain !== true || shared === true)) this.#clusters.afterwards(what, undo)
      },
      foundVariant: (component, variant) => {
        this.#variants = this.#variants.map((one) => (one.name === component ? { ...one, variant } : one))
      },
      lacks: (...required) => lackOf(cluster.capabilities, required),
      clockOf: (epochMs) => epochMs - start,
      step: (title, body) => this.#tree.run(title, body),
      claim: (id, body) => this.#claim(id, body),
      createCluster: (profile) => {
        const { apiPort: _, ...choices } = this.#options.choices ?? {}
        return this.#clusters.create(profile, choices)
      },
    }
  }

  async #claim(id: string, body: (claim: ClaimRecorder) => void | Promise<void>): Promise<void> {
    const definition = this.#scenario.claims.find((claim) => claim.id === id)
    if (definition !== undefined && !this.#options.settings.includesClaim(definition)) return
    const recorder = new ClaimRecorder()
    const startedAtMs = this.#tree.elapsedMs
    try {
      await body(recorder)
    } catch (error) {
      throwIfAborted(this.#options.signal)
      recorder.distrust(messageOf(error))
    }
    this.#ledger.add(id, { ...recorder.part, durationMs: this.#tree.elapsedMs - startedAtMs })
  }

  #status(error: Failure | undefined, interrupted: boolean): ScenarioRun['status'] {
    if (interrupted) return 'interrupted'
    if (error !== undefined) return 'error'
    const claims = this.#ledger.results()
    const unexpected = claims.filter((claim) => !claim.asExpected)
    if (unexpected.length === 0) return claims.some(isDecided) ? 'passed' : 'skipped'
    return unexpected.every((claim) => claim.verdict === 'inconclusive') ? 'inconclusive' : 'failed'
  }
}

function isDecided({ verdict }: ClaimResult): boolean {
  return verdict === 'proved' || verdict === 'refuted'
}

function throwIfAborted(signal: AbortSignal): void {
  if (!signal.aborted) return
  const { reason } = signal as { reason: unknown }
  if (reason instanceof PacketproofError) throw reason
  throw new PacketproofError('E_INTERRUPTED', 'the run was interrupted', { cause: reason })
}

/** Resolves however it ends. */
async function settled(work: Promise<unknown>): Promise<void> {
  await work.catch(() => undefined)
}
