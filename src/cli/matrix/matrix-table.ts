import { printMatrixPort } from '../../probe/matrix/matrix-port.ts'
import type { Style } from '../style.ts'
import { textTable } from '../text-table.ts'
import type { ComparedCell } from './compare-cells.ts'

/** Beyond these, the grid tells enough. */
const MAX_PROBLEMS = 12

/** One grid for each port: rows ask, columns answer. */
export function matrixTable(cells: readonly ComparedCell[], width: number, style: Style): string {
  const ports = [...new Set(cells.map(({ port }) => printMatrixPort(port)))]
  return ports
    .map((port) => {
      const own = cells.filter((cell) => printMatrixPort(cell.port) === port)
      return `${style.bold(port)}\n${grid(own, width, style)}`
    })
    .join('\n\n')
}

function grid(cells: readonly ComparedCell[], width: number, style: Style): string {
  const rows = [...new Set(cells.map(({ from }) => from))]
  const targets = new Set(cells.map(({ to }) => to))
  // In the order of the rows, so that the diagonal is one.
  const columns = [...rows.filter((name) => targets.has(name)), ...[...targets].filter((name) => !rows.includes(name))]
  const isWide = columns.reduce((sum, name) => sum + name.length + 2, Math.max(...rows.map((r) => r.length))) > width
  const headers = columns.map((name, index) => (isWide ? String(index + 1) : name))
  const lines = rows.map((from) => [
    from,
    ...columns.map((to) =>
      mark(
        cells.find((cell) => cell.from === from && cell.to === to),
        style,
      ),
    ),
  ])
  const table = textTable([['', ...headers], ...lines], Number.POSITIVE_INFINITY)
  return isWide ? `${table}\n${columns.map((name, index) => `  ${index + 1} ${name}`).join('\n')}` : table
}

function mark(cell: ComparedCell | undefined, style: Style): string {
  if (cell === undefined) return style.dim('·')
  const { outcome, isDelivered } = cell.observed
  if (outcome === 'skipped') return style.dim('skipped')
  if (isDelivered === undefined) return style.yellow('?')
  const seen = isDelivered ? 'open' : 'blocked'
  if (cell.verdict === 'differs') return style.red(`${seen}!`)
  return cell.verdict === 'not-specified' ? style.dim(`(${seen})`) : seen
}

/** What the marks mean, and how many cells there are of each kind. */
export function matrixSummary(cells: readonly ComparedCell[]): string {
  const count = (verdict: ComparedCell['verdict']): number => cells.filter((cell) => cell.verdict === verdict).length
  const parts = [
    `${count('as-expected')} of ${cells.length} cells as the NetworkPolicy API demands`,
    ...(count('differs') > 0 ? [`${count('differs')} differ (!)`] : []),
    ...(count('not-shown') > 0 ? [`${count('not-shown')} could not be shown (?)`] : []),
    ...(count('not-specified') > 0 ? [`${count('not-specified')} not specified, or skipped`] : []),
  ]
  const skipped = new Set(cells.filter(isSkipped).map(({ observed }) => observed.detail.replace(/^[^:]*: /, '')))
  return [parts.join(', '), ...[...skipped].map((reason) => `skipped: ${reason}`)].join('; ')
}

function isSkipped({ observed }: ComparedCell): boolean {
  return observed.outcome === 'skipped'
}

/** A line for each cell that is not as it should be, the first of them. */
export function describeProblems(cells: readonly ComparedCell[]): readonly string[] {
  const problems = cells.filter(({ verdict }) => verdict === 'differs' || verdict === 'not-shown')
  const more = problems.length - MAX_PROBLEMS
  return [
    ...problems.slice(0, MAX_PROBLEMS).map(({ from, to, port, expected, reason, observed }) => {
      const must = expected === 'allowed' ? 'must be open' : 'must be blocked'
      return `${from} -> ${to} ${printMatrixPort(port)}: ${must} (${reason}); observed: ${observed.outcome}, ${observed.detail}`
    }),
    ...(more > 0 ? [`and ${more} more: --format json has them all`] : []),
  ]
}
