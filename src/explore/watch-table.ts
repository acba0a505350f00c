import { printMatrixPort } from '../probe/matrix/matrix-port.ts'
import type { CellOutcome } from '../probe/matrix/types.ts'
import type { WatchRound } from './watch-pods.ts'

export interface WatchStyle {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly changed: (text: string) => string
  readonly dim: (text: string) => string
}

/** What stands for an outcome in a cell of the table. */
const signs: Readonly<Record<CellOutcome['outcome'], string>> = {
  ok: '✓',
  refused: 'refused',
  rejected: 'rejected',
  'timed-out': '✗',
  error: 'error',
  skipped: '–',
}

/** The round as a table for each port: a row for each source, a column for each destination; what has changed is marked. */
export function watchTable(round: WatchRound, before: WatchRound | undefined, style: WatchStyle): string {
  const { names, cells } = round
  const ports = [...new Set(cells.map(({ port }) => printMatrixPort(port)))]
  const width = Math.max(8, ...names.map((name) => name.length))
  const blocks = ports.map((port) => {
    const rows = names.map((from) => {
      const line = names.map((to) =>
        cellText(find(round, port, from, to), before && find(before, port, from, to), width, style),
      )
      return `${from.padEnd(width)}  ${line.join(' ')}`
    })
    return [`${port.padEnd(width)}  ${names.map((name) => name.padEnd(width)).join(' ')}`.trimEnd(), ...rows].join('\n')
  })
  return `${blocks.join('\n\n')}\n`
}

/** Only what has changed since the round before, a line for each pair: for output that is not a terminal. */
export function watchChanges(round: WatchRound, before: WatchRound | undefined): string[] {
  return round.cells
    .map((cell) => ({ cell, old: before && find(before, printMatrixPort(cell.port), cell.from, cell.to) }))
    .filter(({ cell, old }) => before === undefined || old?.outcome !== cell.outcome)
    .map(({ cell, old }) => {
      const was = old === undefined ? '' : ` (was ${old.outcome})`
      return `${cell.from} → ${cell.to} ${printMatrixPort(cell.port)}: ${cell.outcome}${was}`
    })
}

function cellText(
  cell: CellOutcome | undefined,
  old: CellOutcome | undefined,
  width: number,
  style: WatchStyle,
): string {
  if (cell === undefined) return style.dim('·'.padEnd(width))
  const hasChanged = old !== undefined && old.outcome !== cell.outcome
  const text = `${signs[cell.outcome]}${hasChanged ? ' *' : ''}`.padEnd(width)
  const painted =
    cell.isDelivered === true ? style.good(text) : cell.outcome === 'skipped' ? style.dim(text) : style.bad(text)
  return hasChanged ? style.changed(painted) : painted
}

function find({ cells }: WatchRound, port: string, from: string, to: string): CellOutcome | undefined {
  return cells.find((cell) => cell.from === from && cell.to === to && printMatrixPort(cell.port) === port)
}
