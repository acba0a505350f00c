import type { Host } from '../cluster/host.ts'
import { captureEvidence } from '../evidence/capture-evidence.ts'
import type { CapturedWindow } from '../evidence/captured-window.ts'
import { rulesetEvidence } from '../evidence/ruleset-evidence.ts'
import type { RulesetWindow } from '../evidence/ruleset-window.ts'
import type { Ruleset } from '../ruleset/model.ts'
import { readRuleset } from '../ruleset/read-ruleset.ts'
import { startPoints } from './start-points.ts'
import type { StepContext } from './step-context.ts'

export interface ObservationPlan {
  /** What happens, for the titles of the evidence. */
  readonly title: string
  readonly captures: readonly {
    readonly host: Host
    readonly interface: string
    readonly filter?: string
    /** See `CaptureOptions`. */
    readonly snaplen?: number
  }[]
  readonly rulesets: readonly { readonly host: Host; readonly family: 4 | 6; readonly table: string }[]
}

/** What was seen while something happened. */
export interface Observation<T> {
  /** What the happening returned. */
  readonly result: T
  readonly captures: readonly CapturedWindow[]
  readonly rulesets: readonly RulesetWindow[]
  /** The capture on that host, on that interface (default: the first one planned for the host). */
  capture(host: Host, device?: string): CapturedWindow
  ruleset(host: Host, family?: 4 | 6): RulesetWindow
}

/**
 * Captures and reads rules around something that happens. The rules are read within the capture window, so that a packet is
 * either in both or in neither.
 */
export async function observe<T>(
  context: StepContext,
  plan: ObservationPlan,
  happening: () => Promise<T>,
): Promise<Observation<T>> {
  const { signal } = context
  const started = await startPoints(
    plan.captures.map(({ host, ...point }) => ({ host, options: { ...point, signal } })),
  )
  try {
    const before = await readAll(plan, signal)
    const result = await happening()
    const after = await readAll(plan, signal)
    const results = await Promise.all(started.map((capture) => capture.stop()))
    const captures = results.map((capture) => captureEvidence(context, plan.title, capture))
    const rulesets = plan.rulesets.map((point, at) => rulesetOf(context, plan, point, before[at], after[at]))
    return {
      result,
      captures,
      rulesets,
      capture: (host, device) =>
        only(captures, `capture on ${host.name}`, (window) => {
          return window.host === host.name && (device === undefined || window.interface === device)
        }),
      ruleset: (host, family = 4) =>
        only(rulesets, `rules of ${host.name}`, (window) => window.host === host.name && window.family === family),
    }
  } finally {
    await Promise.all(started.map((capture) => capture[Symbol.asyncDispose]()))
  }
}

async function readAll(plan: ObservationPlan, signal: AbortSignal): Promise<Ruleset[]> {
  return Promise.all(plan.rulesets.map(({ host, family, table }) => readRuleset(host, { family, table, signal })))
}

function rulesetOf(
  context: StepContext,
  plan: ObservationPlan,
  point: ObservationPlan['rulesets'][number],
  before: Ruleset | undefined,
  after: Ruleset | undefined,
): RulesetWindow {
  if (before === undefined || after === undefined) throw new Error(`the rules of ${point.host.name} were not read`)
  return rulesetEvidence(context.evidence, plan.title, point, before, after)
}

function only<T>(items: readonly T[], what: string, wanted: (item: T) => boolean): T {
  const found = items.find(wanted)
  if (found === undefined) throw new Error(`the observation has no ${what}`)
  return found
}
