import { PacketproofError } from '../../errors.ts'
import { explain } from '../../explain/explain.ts'
import type { Explanation } from '../../explain/explanation.ts'
import { parseMatrixPort, printMatrixPort } from '../../probe/matrix/matrix-port.ts'
import { suggest } from '../suggest.ts'
import type { ComparedCell } from './compare-cells.ts'
import type { ProbedMatrix } from './run-matrix.ts'

/** More stories than this are not read. */
const MAX_WRONG = 3

export interface ExplainedCell {
  readonly cell: ComparedCell
  readonly explanation: Explanation
}

/** Which cells a person wants explained: `SOURCE,TARGET,PORT`, or `wrong` for the first that are. */
export type CellChoice = 'wrong' | { readonly from: string; readonly to: string; readonly port: string }

/** @throws PacketproofError E_USAGE that names the text. */
export function parseCellChoice(text: string): CellChoice {
  if (text === 'wrong') return 'wrong'
  const parts = text.split(',').map((part) => part.trim())
  const [from = '', to = '', port = ''] = parts
  if (parts.length === 3 && from !== '' && to !== '') return { from, to, port: printMatrixPort(parseMatrixPort(port)) }
  throw new PacketproofError(
    'E_USAGE',
    `--explain "${text}": expected SOURCE,TARGET,PORT, for instance x/a,y/b,tcp/80, or "wrong"`,
  )
}

/**
 * Sends each chosen pair's packet once more, and has every rule on its way recorded.
 * @throws PacketproofError E_USAGE for a cell that the matrix does not have.
 */
export async function explainCells(
  matrix: ProbedMatrix,
  choices: readonly CellChoice[],
  signal: AbortSignal,
): Promise<readonly ExplainedCell[]> {
  const chosen = new Set(choices.flatMap((choice) => chooseCells(matrix.cells, choice)))
  const explained: ExplainedCell[] = []
  for (const cell of chosen) {
    const address = matrix.addressOf(cell.to) ?? ''
    if (cell.port.protocol === 'sctp' || address === '') continue
    const to = address.includes(':') ? `[${address}]:${cell.port.port}` : `${address}:${cell.port.port}`
    const explanation = await explain(matrix.cluster, { from: cell.from, to, protocol: cell.port.protocol, signal })
    explained.push({ cell, explanation })
  }
  return explained
}

function chooseCells(cells: readonly ComparedCell[], choice: CellChoice): readonly ComparedCell[] {
  if (choice === 'wrong') return cells.filter(({ verdict }) => verdict === 'differs').slice(0, MAX_WRONG)
  const { from, to, port } = choice
  const found = cells.find((cell) => cell.from === from && cell.to === to && printMatrixPort(cell.port) === port)
  if (found !== undefined) return [found]
  const lists = [
    [from, [...new Set(cells.map((cell) => cell.from))], 'source'],
    [to, [...new Set(cells.map((cell) => cell.to))], 'target'],
    [port, [...new Set(cells.map((cell) => printMatrixPort(cell.port)))], 'port'],
  ] as const
  const wrong = lists.find(([name, known]) => !known.includes(name))
  const what = wrong === undefined ? `${from} to itself is not probed` : `the matrix has no ${wrong[2]} "${wrong[0]}"`
  throw new PacketproofError('E_USAGE', `--explain "${from},${to},${port}": ${what}`, {
    ...(wrong !== undefined && { hint: suggest(wrong[0], wrong[1]) }),
  })
}
