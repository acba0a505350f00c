import type { ProbeReport } from '../prober/protocol.ts'
import type { PlannedCell } from './plan-cells.ts'
import type { CellOutcome } from './types.ts'

/** What a control showed of a server. */
export interface ServerControl {
  readonly cell: PlannedCell
  readonly report: ProbeReport | undefined
}

/** The outcome of a cell, in the light of the controls of the servers behind its target. */
export function judgeCell(
  cell: PlannedCell,
  report: ProbeReport | undefined,
  controls: readonly ServerControl[],
  confirmed: ReadonlySet<number>,
): CellOutcome {
  const base = { from: cell.from, to: cell.to, port: cell.port, address: cell.address }
  if (report === undefined) {
    const detail = cell.reason ?? 'it was not probed'
    return { ...base, outcome: 'skipped', isDelivered: undefined, detail, sourcePorts: [], durationMs: 0 }
  }
  const seen = {
    ...base,
    detail: report.detail,
    sourcePorts: report.sourcePorts,
    durationMs: report.durationMs,
    ...(report.answeredBy !== undefined && { answeredBy: report.answeredBy }),
  }
  const own = controls.filter((control) => control.cell.target === cell.target && samePort(control.cell, cell))
  const wrong = problemOf(report, own)
  if (wrong !== undefined) return { ...seen, outcome: 'error', isDelivered: undefined, detail: wrong }
  return {
    ...seen,
    outcome: report.outcome,
    isDelivered: isDelivered(report, own),
    ...(confirmed.has(report.id) && { confirmedBy: 'drop counters' as const }),
  }
}

/** Why the report says nothing about the way to the target. */
function problemOf(report: ProbeReport, controls: readonly ServerControl[]): string | undefined {
  if (controls.length === 0) return undefined
  if (report.outcome === 'ok') return impostorOf(report, controls)
  if (report.outcome !== 'timed-out') return undefined
  const mute = controls.find(({ report: control }) => control?.outcome !== 'ok' && control?.outcome !== 'refused')
  if (mute === undefined) return undefined
  const how = mute.report === undefined ? (mute.cell.reason ?? 'not probed') : mute.report.detail
  return `the server of ${mute.cell.to} does not answer even inside its own network namespace: ${how}`
}

/** Only servers that answered their control in our words can be expected to answer anybody so. */
function impostorOf(report: ProbeReport, controls: readonly ServerControl[]): string | undefined {
  if (!controls.every((control) => control.report?.isVerified === true)) return undefined
  if (!report.isVerified) return `something was reached that is not the server: ${report.detail}`
  const names = controls.flatMap(({ cell }) => cell.server?.names ?? [])
  if (report.answeredBy === undefined || names.includes(report.answeredBy)) return undefined
  return `answered by ${report.answeredBy}: expected ${[...new Set(names)].join(' or ')}`
}

function isDelivered(report: ProbeReport, controls: readonly ServerControl[]): boolean | undefined {
  switch (report.outcome) {
    case 'ok':
      return true
    case 'error':
      return undefined
    case 'refused':
      // Where the pod itself refuses, nothing on the way did.
      return controls.some((control) => control.report?.outcome === 'refused')
    default:
      return false
  }
}

function samePort(left: PlannedCell, right: PlannedCell): boolean {
  return left.port.protocol === right.port.protocol && left.port.port === right.port.port
}
