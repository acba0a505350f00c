import type { Judged } from '../evidence/judged.ts'
import type { Outcome, ProbeResult } from '../probe/outcome.ts'

/** The probe ended so. One that did not work as a tool proves nothing, neither way. */
export function hasOutcome(probe: ProbeResult, expected: Outcome): Judged {
  return {
    pass: probe.outcome === expected,
    expected: `${probe.probe} ${probe.from} > ${probe.to}: ${expected}`,
    observed: `${probe.outcome} (${probe.detail})`,
    ...(probe.outcome === 'error' && expected !== 'error' && { problem: `the probe itself failed: ${probe.detail}` }),
  }
}
