import type { Permission } from '../../oracle/evaluate.ts'
import type { TruthCell } from '../../oracle/truth-table.ts'
import { printMatrixPort } from '../../probe/matrix/matrix-port.ts'
import type { CellOutcome } from '../../probe/matrix/types.ts'
import { type ExpectedRow, PODS } from '../conformance-case.ts'
import { permissionByRows } from '../policy-model.ts'
import type { StateResult, WrongCell } from './case-result.ts'

type Judged = Pick<StateResult, 'cells' | 'wrong' | 'errors' | 'skipped' | 'unspecified'>

/** Holds what was observed against the oracle, and against what the case says by hand. */
export function judgeState(
  truth: readonly TruthCell[],
  observed: readonly CellOutcome[],
  expected: Readonly<Record<string, readonly ExpectedRow[]>>,
): Judged {
  const seen = new Map(observed.map((cell) => [keyOf(cell), cell]))
  const wrong: WrongCell[] = []
  const errors: WrongCell[] = []
  const skipped = new Map<string, StateResult['skipped'][number]>()
  let cells = 0
  let unspecified = 0
  for (const cell of truth) {
    const { from, to, port } = cell
    const { permission, why } = demandOf(cell, expected)
    const outcome = seen.get(keyOf(cell))
    if (permission === 'unspecified' || from === to) {
      unspecified++
      continue
    }
    cells++
    const row = { from, to, port, expected: permission, why, observed: textOf(outcome) }
    if (outcome?.outcome === 'skipped') {
      skipped.set(printMatrixPort(port), { port, reason: outcome.detail })
    } else if (outcome?.isDelivered === undefined) errors.push(row)
    else if (outcome.isDelivered !== (permission === 'allowed')) wrong.push(row)
  }
  return { cells, wrong, errors, skipped: [...skipped.values()], unspecified }
}

/** The cells, with newer ones in place of their older selves. */
export function replaceCells(cells: readonly CellOutcome[], newer: readonly CellOutcome[]): readonly CellOutcome[] {
  const byKey = new Map(newer.map((cell) => [keyOf(cell), cell]))
  return cells.map((cell) => byKey.get(keyOf(cell)) ?? cell)
}

/** What has to be: the oracle's word, unless the case says otherwise by hand, which is then the reason. */
function demandOf(
  { from, to, port, expectation }: TruthCell,
  expected: Readonly<Record<string, readonly ExpectedRow[]>>,
): { readonly permission: Permission; readonly why: string } {
  const { permission, reason } = expectation
  const rows = expected[printMatrixPort(port)]
  if (rows === undefined || !PODS.includes(from) || from === to) return { permission, why: reason }
  const byHand = permissionByRows(rows, from, to)
  if (byHand === permission) return { permission, why: reason }
  return { permission: byHand, why: `the case says so; the oracle says ${permission}: ${reason}` }
}

function keyOf({ from, to, port }: Pick<CellOutcome, 'from' | 'to' | 'port'>): string {
  return `${from} ${to} ${printMatrixPort(port)}`
}

function textOf(outcome: CellOutcome | undefined): string {
  if (outcome === undefined) return 'not probed'
  return outcome.detail === '' ? outcome.outcome : `${outcome.outcome} (${outcome.detail})`
}
