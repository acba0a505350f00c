import type { ClaimResult, FaultResult, Run, ScenarioRun, Verdict } from './model.ts'
import { plural } from './printable.ts'

/** How a claim counts: what was hoped for (`expected`), or why not. */
export type Outcome = 'expected' | 'unexpected' | 'inconclusive' | 'skipped' | 'not-tested'

export function outcomeOf(claim: ClaimResult): Outcome {
  if (claim.verdict === 'skipped' || claim.verdict === 'not-tested') return claim.verdict
  if (claim.asExpected) return 'expected'
  return claim.verdict === 'inconclusive' ? 'inconclusive' : 'unexpected'
}

export interface ClaimCounts {
  readonly total: number
  readonly byOutcome: Readonly<Record<Outcome, number>>
  readonly byVerdict: Readonly<Record<Verdict, number>>
}

export function countClaims(claims: readonly ClaimResult[]): ClaimCounts {
  const byOutcome: Record<Outcome, number> = {
    expected: 0,
    unexpected: 0,
    inconclusive: 0,
    skipped: 0,
    'not-tested': 0,
  }
  const byVerdict: Record<Verdict, number> = { proved: 0, refuted: 0, inconclusive: 0, skipped: 0, 'not-tested': 0 }
  for (const claim of claims) {
    byOutcome[outcomeOf(claim)] += 1
    byVerdict[claim.verdict] += 1
  }
  return { total: claims.length, byOutcome, byVerdict }
}

export function allClaims(run: Run): ClaimResult[] {
  return run.scenarios.flatMap((scenario) => [...scenario.claims])
}

function allFaults(run: Run): FaultResult[] {
  return run.scenarios.flatMap((scenario) => [...(scenario.faults ?? [])])
}

/** A fault that could not be injected has shown nothing. */
export function isCaught(fault: FaultResult): boolean {
  return fault.injected && fault.caught
}

export type RunStatus = 'passed' | 'failed' | 'inconclusive' | 'interrupted' | 'skipped'

/**
 * The worst of what the scenarios, their claims and faults say; a run in which nothing ran is `skipped`. A scenario's own
 * status cannot make up for an unexpected verdict or for a fault that was not caught.
 */
export function statusOf(run: Run): RunStatus {
  const statuses = new Set(run.scenarios.map((scenario) => scenario.status))
  const { byOutcome } = countClaims(allClaims(run))
  if (run.interrupted !== undefined || statuses.has('interrupted')) return 'interrupted'
  if (statuses.has('failed') || statuses.has('error') || run.problems.length > 0) return 'failed'
  if (byOutcome.unexpected > 0 || !allFaults(run).every(isCaught)) return 'failed'
  if (statuses.has('inconclusive') || byOutcome.inconclusive > 0) return 'inconclusive'
  return statuses.has('passed') ? 'passed' : 'skipped'
}

/** The run in one sentence or two. */
export function headlineOf(run: Run): string {
  const { total, byOutcome } = countClaims(allClaims(run))
  const tested = total - byOutcome.skipped - byOutcome['not-tested']
  const late = allClaims(run).filter(isLate).length
  const sentences = [
    run.interrupted === undefined
      ? ''
      : `Interrupted by ${run.interrupted.signal}: what follows is what was known by then.`,
    tested === 0
      ? 'No claim was tested.'
      : `${byOutcome.expected} of ${plural(tested, 'tested claim')} came out as expected${late === 0 ? '' : `, ${late} only after retrying`}.`,
    byOutcome.unexpected === 0
      ? ''
      : `${plural(byOutcome.unexpected, 'verdict')} ${byOutcome.unexpected === 1 ? 'was' : 'were'} unexpected.`,
    byOutcome.inconclusive === 0 ? '' : `${byOutcome.inconclusive} could not be decided.`,
    faultSentence(run),
    run.problems.length === 0 ? '' : `${plural(run.problems.length, 'problem')} outside the claims.`,
  ]
  return sentences.filter((sentence) => sentence !== '').join(' ')
}

/** Whether the expected verdict came only with a later attempt. */
export function isLate(claim: ClaimResult): boolean {
  return outcomeOf(claim) === 'expected' && (claim.attempts?.length ?? 0) > 1
}

function faultSentence(run: Run): string {
  const faults = allFaults(run)
  if (faults.length === 0) return ''
  return `${faults.filter(isCaught).length} of ${plural(faults.length, 'fault')} ${faults.length === 1 ? 'was' : 'were'} caught.`
}

/** A sentence of the document that does not hold as written, and what was proved in its place. */
export interface Erratum {
  readonly claim: ClaimResult
  readonly correction: ClaimResult | undefined
}

export function errataOf(scenario: ScenarioRun): Erratum[] {
  return scenario.claims
    .filter((claim) => claim.judgement !== 'correction')
    .map((claim) => ({
      claim,
      correction: scenario.claims.find((other) => other.id === claim.correctedBy || other.correctionOf === claim.id),
    }))
    .filter(
      ({ claim, correction }) =>
        claim.erratum !== undefined ||
        correction !== undefined ||
        (claim.expectation === 'refuted' && claim.verdict === 'refuted'),
    )
}
