import type { CaptureResult } from '../capture/capture.ts'
import type { Host } from '../cluster/host.ts'
import { captureEvidence } from '../evidence/capture-evidence.ts'
import type { CapturedWindow } from '../evidence/captured-window.ts'
import { rulesetEvidence } from '../evidence/ruleset-evidence.ts'
import type { RulesetWindow } from '../evidence/ruleset-window.ts'
import { deltaOf } from '../ruleset/delta.ts'
import type { Ruleset } from '../ruleset/model.ts'
import { readHandles, rewrittenChains } from '../ruleset/read-handles.ts'
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

/** An agent that writes its chains anew at an interval may come in between; twice in a row is its own doing. */
const ATTEMPTS = 3

/**
 * Captures and reads rules around something that happens. The rules are read within the capture window, so that a packet is
 * either in both or in neither. When somebody writes the same rules anew meanwhile, what they had counted is lost: it happens again.
 */
export async function observe<T>(
  context: StepContext,
  plan: ObservationPlan,
  happening: () => Promise<T>,
): Promise<Observation<T>> {
  for (let attempt = 1; ; attempt += 1) {
    const seen = await observeOnce(context, plan, happening)
    if (attempt === ATTEMPTS || !seen.windows.some(isRewritten)) return keep(context, plan, seen)
  }
}

/** A host's rules before and after, with the chains that were written anew in between. */
interface Window {
  readonly before: Ruleset
  readonly after: Ruleset
  readonly rewritten: ReadonlySet<string>
}

interface Seen<T> {
  readonly result: T
  readonly captures: readonly CaptureResult[]
  readonly windows: readonly Window[]
}

async function observeOnce<T>(
  { signal }: StepContext,
  { captures, rulesets }: ObservationPlan,
  happening: () => Promise<T>,
): Promise<Seen<T>> {
  const started = await startPoints(captures.map(({ host, ...point }) => ({ host, options: { ...point, signal } })))
  const read = <R>(
    reader: (host: Host, options: { family: 4 | 6; table: string; signal: AbortSignal }) => Promise<R>,
  ) => Promise.all(rulesets.map(({ host, family, table }) => reader(host, { family, table, signal })))
  try {
    // The handles are read around the counters: what is rewritten between two readings of counters shows.
    const handlesBefore = await read(readHandles)
    const before = await read(readRuleset)
    const result = await happening()
    const after = await read(readRuleset)
    const [handlesAfter, stopped] = await Promise.all([
      read(readHandles),
      Promise.all(started.map((capture) => capture.stop())),
    ])
    const windows = before.map((ruleset, at) => ({
      before: ruleset,
      after: after[at] ?? ruleset,
      rewritten: rewrittenChains(handlesBefore[at], handlesAfter[at]),
    }))
    return { result, captures: stopped, windows }
  } finally {
    await Promise.all(started.map((capture) => capture[Symbol.asyncDispose]()))
  }
}

/** Rules that changed are what is to be seen; the same rules, written anew, are not. */
function isRewritten({ before, after, rewritten }: Window): boolean {
  const { voids } = deltaOf(before, after)
  return [...rewritten].some((chain) => !voids.some((found) => found.chain === chain))
}

function keep<T>(context: StepContext, plan: ObservationPlan, seen: Seen<T>): Observation<T> {
  const captures = seen.captures.map((capture) => captureEvidence(context, plan.title, capture))
  const rulesets = plan.rulesets.flatMap((point, at) => {
    const window = seen.windows[at]
    if (window === undefined) return []
    return [rulesetEvidence(context.evidence, plan.title, point, window.before, window.after, window.rewritten)]
  })
  return {
    result: seen.result,
    captures,
    rulesets,
    capture: (host, device) =>
      only(captures, `capture on ${host.name}`, (window) => {
        return window.host === host.name && (device === undefined || window.interface === device)
      }),
    ruleset: (host, family = 4) =>
      only(rulesets, `rules of ${host.name}`, (window) => window.host === host.name && window.family === family),
  }
}

function only<T>(items: readonly T[], what: string, wanted: (item: T) => boolean): T {
  const found = items.find(wanted)
  if (found === undefined) throw new Error(`the observation has no ${what}`)
  return found
}
