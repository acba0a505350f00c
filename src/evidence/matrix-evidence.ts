import type { TruthCell } from '../oracle/truth-table.ts'
import { printMatrixPort } from '../probe/matrix/matrix-port.ts'
import type { CellOutcome, MatrixResult } from '../probe/matrix/types.ts'
import type { EvidenceStore } from './evidence-store.ts'

/** A matrix of probes as evidence. */
export interface MatrixWindow {
  readonly evidenceId: string
  readonly cells: readonly CellOutcome[]
  /** What the NetworkPolicy API demands of the cells, where that was asked for. */
  readonly truth: readonly TruthCell[]
}

/** Keeps a matrix beside what the NetworkPolicy API demands of its cells. */
export function matrixEvidence(
  store: EvidenceStore,
  title: string,
  { cells }: Pick<MatrixResult, 'cells'>,
  truth: readonly TruthCell[] = [],
): MatrixWindow {
  const demands = new Map(truth.map((cell) => [cellKey(cell), cell.expectation]))
  const evidenceId = store.add({
    kind: 'matrix',
    title,
    cells: cells.map((cell) => {
      const demand = demands.get(cellKey(cell))
      const isJudged = demand !== undefined && demand.permission !== 'unspecified'
      const asExpected = !isJudged || cell.isDelivered === (demand.permission === 'allowed')
      return {
        from: cell.from,
        to: cell.to,
        ...(isJudged && { expected: demand.permission }),
        outcome: `${printMatrixPort(cell.port)} ${cell.outcome}`,
        asExpected,
        ...(!asExpected && { note: demand?.reason }),
      }
    }),
  })
  return { evidenceId, cells, truth }
}

export function cellKey({ from, to, port }: Pick<CellOutcome, 'from' | 'to' | 'port'>): string {
  return `${from} ${to} ${printMatrixPort(port)}`
}
