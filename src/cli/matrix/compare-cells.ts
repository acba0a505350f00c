import { cellKey } from '../../evidence/matrix-evidence.ts'
import type { Permission } from '../../oracle/evaluate.ts'
import type { TruthCell } from '../../oracle/truth-table.ts'
import type { CellOutcome, MatrixPort } from '../../probe/matrix/types.ts'

/** What a cell came to: as expected, not as expected, or nothing that could be compared. */
export type CellVerdict = 'as-expected' | 'differs' | 'not-shown' | 'not-specified'

export interface ComparedCell {
  readonly from: string
  readonly to: string
  readonly port: MatrixPort
  readonly expected: Permission
  /** Which policies isolate, and which rules allow. */
  readonly reason: string
  readonly observed: CellOutcome
  readonly verdict: CellVerdict
}

/** Every observed cell beside what the oracle expects of it. */
export function compareCells(
  observed: readonly CellOutcome[],
  expected: readonly TruthCell[],
): readonly ComparedCell[] {
  const byKey = new Map(expected.map((cell) => [cellKey(cell), cell.expectation]))
  return observed.map((cell) => {
    const expectation = byKey.get(cellKey(cell))
    const permission = expectation?.permission ?? 'unspecified'
    return {
      from: cell.from,
      to: cell.to,
      port: cell.port,
      expected: permission,
      reason: expectation?.reason ?? '',
      observed: cell,
      verdict: verdictOf(permission, cell),
    }
  })
}

function verdictOf(expected: Permission, { outcome, isDelivered }: CellOutcome): CellVerdict {
  // What this kernel cannot speak is not the policies' fault.
  if (expected === 'unspecified' || outcome === 'skipped') return 'not-specified'
  if (isDelivered === undefined) return 'not-shown'
  return isDelivered === (expected === 'allowed') ? 'as-expected' : 'differs'
}
