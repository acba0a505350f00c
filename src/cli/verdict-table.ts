import { type ClaimResult, type FaultResult, LEFT_OUT, type Run, type ScenarioRun } from '../report/model.ts'
import { oneLine } from '../report/printable.ts'
import { isCaught, outcomeOf } from '../report/summary.ts'
import type { Style } from './style.ts'
import { textTable } from './text-table.ts'

/** The verdicts of every scenario, and the kill matrix where faults were injected. */
export function verdictTable(run: Run, width: number, style: Style): string {
  return run.scenarios.map((scenario) => scenarioTable(scenario, width, style)).join('\n\n')
}

function scenarioTable(scenario: ScenarioRun, width: number, style: Style): string {
  const parts = [style.bold(`${scenario.name}: ${scenario.title}`)]
  const claims = scenario.claims.filter(({ reason }) => reason !== LEFT_OUT)
  const leftOut = scenario.claims.length - claims.length
  if (claims.length > 0) {
    const rows = claims.map((claim) => [...markOf(claim, style), oneLine(claim.statement)])
    parts.push(textTable(rows, width))
  }
  parts.push(...reasonLines(claims))
  if (leftOut > 0) parts.push(`   ${leftOut} more ${leftOut === 1 ? 'claim is' : 'claims are'} ${LEFT_OUT}`)
  if (scenario.skipReason !== undefined) parts.push(`   skipped: ${oneLine(scenario.skipReason)}`)
  if (scenario.error !== undefined) parts.push(style.red(`   error: ${oneLine(scenario.error.message)}`))
  if (scenario.error?.hint !== undefined) parts.push(`   hint: ${oneLine(scenario.error.hint)}`)
  if (scenario.faults !== undefined) parts.push('', killMatrix(scenario.faults, width, style))
  return parts.join('\n')
}

/** Why claims did not come to what was expected of them; those of one reason together. */
function reasonLines(claims: readonly ClaimResult[]): string[] {
  const ids = new Map<string, string[]>()
  for (const claim of claims) {
    if (outcomeOf(claim) === 'expected' || claim.reason === undefined) continue
    ids.set(claim.reason, [...(ids.get(claim.reason) ?? []), claim.id])
  }
  return [...ids].map(([reason, of]) => `   ${of.join(', ')}: ${oneLine(reason)}`)
}

/** A mark with the claim's id, the verdict, and what is to be thought of it. */
function markOf(claim: ClaimResult, style: Style): readonly string[] {
  switch (outcomeOf(claim)) {
    case 'expected':
      return [` ${style.green('✓')} ${claim.id}`, claim.verdict, 'as expected']
    case 'skipped':
    case 'not-tested':
      return [` ${style.yellow('○')} ${claim.id}`, claim.verdict, '']
    default:
      return [` ${style.red('✗')} ${claim.id}`, style.red(claim.verdict), style.red('UNEXPECTED')]
  }
}

/** Which fault was noticed by which claims. */
function killMatrix(faults: readonly FaultResult[], width: number, style: Style): string {
  const caught = faults.filter(isCaught).length
  const rows = faults.map((fault) => {
    if (isCaught(fault)) return [` ${style.green('✓')} ${fault.name}`, 'caught by', fault.caughtBy.join(', ')]
    const verdict = fault.injected ? 'SURVIVED' : 'NOT INJECTED'
    const detail =
      fault.injectionError ?? (fault.inconclusive.length > 0 ? `inconclusive: ${fault.inconclusive.join(', ')}` : '')
    return [` ${style.red('✗')} ${fault.name}`, style.red(verdict), oneLine(detail)]
  })
  return [style.bold(`faults: ${caught} of ${faults.length} caught`), textTable(rows, width)].join('\n')
}
