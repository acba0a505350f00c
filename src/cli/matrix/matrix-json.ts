import { printMatrixPort } from '../../probe/matrix/matrix-port.ts'
import type { CellOutcome } from '../../probe/matrix/types.ts'
import type { ComparedCell } from './compare-cells.ts'
import type { ExplainedCell } from './explain-cells.ts'
import type { MatrixPlan, ProbedMatrix } from './run-matrix.ts'

/** The whole matrix as data. */
export function matrixJson(
  plan: MatrixPlan,
  { cells, result }: ProbedMatrix,
  explained: readonly ExplainedCell[],
): object {
  return {
    schemaVersion: 1,
    via: plan.via,
    family: plan.family,
    ports: plan.ports.map(printMatrixPort),
    isAsExpected: isAsExpected(cells),
    durationMs: result.durationMs,
    timeoutMs: result.timeoutMs,
    notes: plan.world.notes,
    cells: cells.map(({ observed, port, ...cell }) => ({
      ...cell,
      port: printMatrixPort(port),
      observed: observedJson(observed),
    })),
    controls: result.controls.map((control) => ({
      server: control.to,
      port: printMatrixPort(control.port),
      ...observedJson(control),
    })),
    ...(explained.length > 0 && {
      explained: explained.map(({ cell, explanation }) => ({
        from: cell.from,
        to: cell.to,
        port: printMatrixPort(cell.port),
        explanation,
      })),
    }),
  }
}

function observedJson(observed: CellOutcome): object {
  const told = new Set(['from', 'to', 'port'])
  return Object.fromEntries(Object.entries(observed).filter(([name]) => !told.has(name)))
}

/** Whether every cell that the API speaks of was shown to be as it demands, and there was one. */
export function isAsExpected(cells: readonly ComparedCell[]): boolean {
  if (!cells.some(({ verdict }) => verdict === 'as-expected')) return false
  return cells.every(({ verdict }) => verdict === 'as-expected' || verdict === 'not-specified')
}
