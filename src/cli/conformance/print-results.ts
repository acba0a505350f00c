import type { CaseOutcome, CaseResult, WrongCell } from '../../conformance/run/case-result.ts'
import { printMatrixPort } from '../../probe/matrix/matrix-port.ts'
import type { Style } from '../style.ts'

const MAX_LINES = 12
const marks: Readonly<Record<CaseOutcome, string>> = {
  passed: 'ok',
  late: 'late',
  failed: 'FAILED',
  inconclusive: 'inconclusive',
  skipped: 'skipped',
}

/** One line for a case, and below it what went wrong. */
export function caseText(result: CaseResult, style: Style): string {
  const { name, outcome, reason, durationMs, steps, counterexample } = result
  const colour = {
    passed: style.green,
    late: style.yellow,
    failed: style.red,
    inconclusive: style.red,
    skipped: style.dim,
  }
  const lines = [
    `${colour[outcome](marks[outcome].padEnd(12))} ${name} ${style.dim(`(${durationMs} ms)`)}${reason === undefined ? '' : `: ${reason}`}`,
  ]
  for (const { title, wrong, errors, late } of steps) {
    const cells = [...wrong, ...errors, ...late]
    if (cells.length === 0) continue
    if (title !== undefined) lines.push(`  ${title}:`)
    lines.push(...wrongCellLines(cells))
  }
  if (counterexample !== undefined) {
    const { wrong, yaml, tries, isMinimal } = counterexample
    const how = isMinimal ? 'nothing smaller fails' : 'smaller ones were not tried'
    lines.push(`  the smallest objects that fail (${tries} tries; ${how}), and their wrong cells:`)
    lines.push(
      ...wrongCellLines(wrong),
      '',
      ...yaml
        .trimEnd()
        .split('\n')
        .map((line) => `    ${line}`),
      '',
    )
  }
  return lines.join('\n')
}

/** One line for each pair that is wrong in the same way, whatever the ports. */
function wrongCellLines(cells: readonly WrongCell[]): string[] {
  const ports = new Map<string, string[]>()
  for (const { from, to, port, expected, observed, why } of cells) {
    const text = `expected ${expected}, observed ${observed}; ${why}`
    const key = `${from} > ${to}\n${text}`
    ports.set(key, [...(ports.get(key) ?? []), printMatrixPort(port)])
  }
  const lines = [...ports].map(([key, list]) => {
    const [pair = '', text = ''] = key.split('\n')
    return `    ${pair} ${list.join(', ')}: ${text}`
  })
  if (lines.length <= MAX_LINES) return lines
  return [...lines.slice(0, MAX_LINES), `    and ${lines.length - MAX_LINES} more pairs`]
}

/** `57 cases of the Kubernetes suite …` in numbers. */
export function summaryText(results: readonly CaseResult[], durationMs: number): string {
  const count = (outcome: CaseOutcome): number => results.filter((result) => result.outcome === outcome).length
  const outcomes = (['passed', 'late', 'failed', 'inconclusive', 'skipped'] as const)
    .map((outcome) => ({ outcome, number: count(outcome) }))
    .filter(({ number, outcome }) => number > 0 || outcome === 'passed')
    .map(({ outcome, number }) => `${number} ${outcome}`)
  const steps = results.flatMap((result) => result.steps)
  const cells = steps.reduce((sum, step) => sum + step.cells, 0)
  const unspecified = steps.reduce((sum, step) => sum + step.unspecified, 0)
  const origins = (['kubernetes', 'packetproof', 'generated'] as const).map((origin) => {
    return `${results.filter((result) => result.origin === origin).length} ${origin}`
  })
  return [
    `${results.length} cases (${origins.join(', ')}): ${outcomes.join(', ')}`,
    `${cells} cells judged, ${unspecified} left open by the API, ${(durationMs / 1000).toFixed(1)} s`,
  ].join('\n')
}
