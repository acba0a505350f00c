import type { Judged } from '../evidence/judged.ts'
import { cellKey, type MatrixWindow } from '../evidence/matrix-evidence.ts'
import { printMatrixPort } from '../probe/matrix/matrix-port.ts'
import type { CellOutcome } from '../probe/matrix/types.ts'

/** Which cells; what is left out is any. */
export interface CellSelector {
  readonly from?: string
  readonly to?: string
  /** For instance `tcp/80`. */
  readonly port?: string
}

/**
 * Whether packets got through (`allowed`) or not (`blocked`) in every one of these cells. That there is no such cell, and a probe that
 * did not work, are problems: they show nothing.
 */
export function cellsAre(matrix: MatrixWindow, which: CellSelector, permission: 'allowed' | 'blocked'): Judged {
  const cells = matrix.cells.filter((cell) => isSelected(cell, which))
  const wrong = cells.filter(({ isDelivered }) => isDelivered !== (permission === 'allowed'))
  return judged(matrix, cells, wrong, `${cells.length} cells ${permission}`)
}

/** Whether every cell goes as the NetworkPolicy API demands, where it demands something. */
export function cellsAreAsDemanded(matrix: MatrixWindow): Judged {
  const demands = new Map(matrix.truth.map((cell) => [cellKey(cell), cell.expectation.permission]))
  const cells = matrix.cells.filter((cell) => (demands.get(cellKey(cell)) ?? 'unspecified') !== 'unspecified')
  const wrong = cells.filter((cell) => cell.isDelivered !== (demands.get(cellKey(cell)) === 'allowed'))
  return judged(matrix, cells, wrong, `${cells.length} cells as the objects demand`)
}

function judged(
  { evidenceId }: MatrixWindow,
  cells: readonly CellOutcome[],
  wrong: readonly CellOutcome[],
  expected: string,
): Judged {
  const broken = cells.find(({ isDelivered }) => isDelivered === undefined)
  const problem =
    cells.length === 0 ? 'the matrix has no such cell' : broken && `the probe itself failed: ${textOf(broken)}`
  const more = wrong.length > 3 ? `, and ${wrong.length - 3} more` : ''
  return {
    pass: cells.length > 0 && wrong.length === 0,
    expected,
    observed: wrong.length === 0 ? 'all of them' : `not so: ${wrong.slice(0, 3).map(textOf).join(', ')}${more}`,
    evidence: [evidenceId],
    ...(problem !== undefined && { problem }),
  }
}

function isSelected(cell: CellOutcome, { from, to, port }: CellSelector): boolean {
  return (
    (from === undefined || cell.from === from) &&
    (to === undefined || cell.to === to) &&
    (port === undefined || printMatrixPort(cell.port) === port)
  )
}

function textOf({ from, to, port, outcome, detail }: CellOutcome): string {
  return `${from} > ${to} ${printMatrixPort(port)}: ${outcome}${detail === '' ? '' : ` (${detail})`}`
}
