import type { ClaimResult, FaultResult, Run, ScenarioRun } from '../report/model.ts'
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
  if (scenario.claims.length > 0) {
    const rows = scenario.claims.map((claim) => [...markOf(claim, style), oneLine(claim.statement)])
    parts.push(textTable(rows, width))
  }
  for (const claim of scenario.claims) {
    const isPlain = outcomeOf(claim) === 'expected' || claim.reason === undefined
    if (!isPlain) parts.push(`   ${claim.id}: ${oneLine(claim.reason ?? '')}`)
  }
  if (scenario.skipReason !== undefined) parts.push(`   skipped: ${oneLine(scenario.skipReason)}`)
  if (scenario.error !== undefined) parts.push(style.red(`   error: ${oneLine(scenario.error.message)}`))
  if (scenario.error?.hint !== undefined) parts.push(`   hint: ${oneLine(scenario.error.hint)}`)
  if (scenario.faults !== undefined) parts.push('', killMatrix(scenario.faults, width, style))
  return parts.join('\n')
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
