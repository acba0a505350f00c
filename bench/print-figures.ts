import { textTable } from '../src/cli/text-table.ts'
import type { Goal, Unit } from './figure.ts'
import type { MachineFacts } from './machine.ts'
import type { FigureSummary, PeerSummary } from './summarize.ts'

/** The table that people read. */
export function printFigures(facts: MachineFacts, figures: readonly FigureSummary[]): string {
  const rows = figures.flatMap(rowsOf)
  const table = textTable([['figure', 'median', 'min … max', 'goal', 'peer', 'its median', 'ratio'], ...rows], Infinity)
  const limits = figures.map(({ name, limit }) => `- ${name}: ${limit}`)
  const machine = Object.entries(facts.machine).map(([name, value]) => `${name} ${value}`)
  return [machine.join(', '), ...facts.warnings, '', table, '', 'What limits them:', ...limits].join('\n')
}

function rowsOf(figure: FigureSummary): string[][] {
  const { name, unit } = figure
  const spread = `${number(figure.min)} … ${number(figure.max)}`
  const ours = [name, amount(figure.median, unit), spread, goalText(figure)]
  const peers = figure.peers.map((peer) => peerCells(peer, unit))
  return [[...ours, ...(peers[0] ?? ['', '', ''])], ...peers.slice(1).map((cells) => ['', '', '', '', ...cells])]
}

function peerCells(peer: PeerSummary, unit: Unit): string[] {
  if ('skipped' in peer) return [peer.name, `skipped: ${peer.skipped}`, '']
  return [peer.name, amount(peer.median, unit), `${number(peer.ratio)} ×`]
}

function goalText({ goal, unit, reached }: FigureSummary): string {
  if (goal === undefined) return ''
  const verdict = reached === undefined ? 'not comparable' : reached ? 'reached' : 'missed'
  return `${describeGoal(goal, unit)}: ${verdict}`
}

function describeGoal(goal: Goal, unit: Unit): string {
  return 'atMost' in goal ? `≤ ${amount(goal.atMost, unit)}` : `${goal.timesBetter} × below the peer`
}

function amount(value: number, unit: Unit): string {
  return `${number(value)} ${unit === 'per second' ? '/s' : unit}`
}

/** Three digits say all that a median of a few runs knows. */
function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
