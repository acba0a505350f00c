import type { Check, ClaimResult, Verdict } from '../report/model.ts'

/** What one part of a scenario found about a claim. */
export interface ClaimPart {
  readonly checks: readonly Check[]
  /** The part could not be finished, or what it rests on cannot be relied upon. */
  readonly problem?: string
  readonly skipReason?: string
}

/**
 * The verdict of one part: a problem or a failed control makes it inconclusive, because the observation could then not have shown
 * the opposite; without any observation it is inconclusive too, because nothing was looked at.
 */
export function verdictOfPart(part: ClaimPart): { verdict: Verdict; reason?: string } {
  if (part.skipReason !== undefined) return { verdict: 'skipped', reason: part.skipReason }
  if (part.problem !== undefined) return { verdict: 'inconclusive', reason: part.problem }
  const control = part.checks.find((check) => check.role === 'control' && !check.passed)
  if (control !== undefined) {
    return { verdict: 'inconclusive', reason: `control failed: ${control.what}: ${control.observed}` }
  }
  const observations = part.checks.filter((check) => check.role === 'observation')
  if (observations.length === 0) return { verdict: 'inconclusive', reason: 'nothing was observed' }
  const failed = observations.find((check) => !check.passed)
  if (failed !== undefined) {
    return { verdict: 'refuted', reason: `${failed.what}: expected ${failed.expected}; observed ${failed.observed}` }
  }
  return { verdict: 'proved' }
}

const weight: Record<Verdict, number> = { refuted: 4, inconclusive: 3, proved: 2, skipped: 1, 'not-tested': 0 }

/** One refuted part refutes the claim; it is proved when every part that was not skipped proved it. */
export function verdictOfParts(parts: readonly ClaimPart[]): { verdict: Verdict; reason?: string } {
  return parts
    .map(verdictOfPart)
    .reduce<{ verdict: Verdict; reason?: string }>(
      (worst, next) => (weight[next.verdict] > weight[worst.verdict] ? next : worst),
      { verdict: 'not-tested' },
    )
}

/** A skipped claim is neither passed nor failed: it is as expected, and the report says what is missing. */
export function isAsExpected(expectation: ClaimResult['expectation'], verdict: Verdict): boolean {
  if (verdict === 'skipped') return true
  return expectation === 'none' ? verdict === 'not-tested' : verdict === expectation
}
