import type { ClaimResult, FaultResult, Run, ScenarioRun, Topology } from './model.ts'
import { cut, formatDuration, oneLine, plural, printable, shellLine } from './printable.ts'
import { errataOf, headlineOf, isCaught, isLate, outcomeOf, statusOf } from './summary.ts'

/** GitHub refuses a step summary above 1 MiB whole. */
export const markdownLimitBytes = 900 * 1024

/** `summary.md`. Blocks that no longer fit are left out, and a last line says how many. */
export function renderMarkdown(run: Run, limitBytes = markdownLimitBytes): string {
  const blocks = [renderHead(run), ...run.scenarios.flatMap(renderScenario), renderEnvironment(run)].filter(
    (block) => block !== '',
  )
  const note = (left: number) =>
    `_${plural(left, 'block')} left out: the summary would exceed ${Math.round(limitBytes / 1024)} KiB. The HTML report has them all._`
  let room = limitBytes - Buffer.byteLength(note(blocks.length)) - 2
  const kept: string[] = []
  for (const block of blocks) {
    const size = Buffer.byteLength(block) + 2
    if (size > room) continue
    kept.push(block)
    room -= size
  }
  if (kept.length < blocks.length) kept.push(note(blocks.length - kept.length))
  return `${kept.join('\n\n')}\n`
}

function renderHead(run: Run): string {
  return [
    `# ${text(run.tool.name)}: ${statusOf(run)}`,
    text(headlineOf(run)),
    `Run ${code(run.runId)}, ${text(run.startedAt)}, ${formatDuration(run.durationMs)}. Again: ${code(shellLine(run.command))}`,
    ...run.problems.map((problem) => `> **Problem:** ${text(problem)}`),
  ].join('\n\n')
}

/** The blocks of a scenario, the most needed first. */
function renderScenario(scenario: ScenarioRun): string[] {
  const heading = [
    `## ${text(scenario.title)}: ${scenario.status}`,
    `${text(scenario.document.title)}; provider ${text(scenario.provider)}, profile ${text(scenario.profile)}${scenario.components.map((part) => `, ${text(part.name)} ${text(part.variant)}`).join('')}; ${formatDuration(scenario.durationMs)}.`,
    scenario.skipReason === undefined ? '' : `Skipped: ${text(scenario.skipReason)}`,
    scenario.error === undefined
      ? ''
      : `> **Error:** ${text(scenario.error.message)}${scenario.error.hint === undefined ? '' : ` ${text(scenario.error.hint)}`}`,
  ].filter((line) => line !== '')
  const unexpected = scenario.claims.filter((claim) => ['unexpected', 'inconclusive'].includes(outcomeOf(claim)))
  return [
    heading.join('\n\n'),
    ...unexpected.map(renderUnexpected),
    renderErrata(scenario),
    ...renderClaims(scenario.claims),
    renderFaults(scenario),
    renderTopology(scenario.topology),
  ].filter((block) => block !== '')
}

const marks = { expected: '✅', unexpected: '❌', inconclusive: '❔', skipped: '⏭️', 'not-tested': '▫️' } as const

/** In tables of a hundred claims, so that one that does not fit costs only itself. */
function renderClaims(claims: readonly ClaimResult[]): string[] {
  const tables: string[] = []
  for (let from = 0; from < claims.length; from += 100) {
    tables.push(
      table(
        ['', 'claim', 'statement', 'judgement', 'expected', 'verdict'],
        claims
          .slice(from, from + 100)
          .map((claim) => [
            marks[outcomeOf(claim)],
            text(claim.id),
            text(cut(claim.statement, 400)),
            claim.judgement,
            claim.expectation === 'none' ? '' : claim.expectation,
            `${claim.verdict}${isLate(claim) ? ` (after ${claim.attempts?.length} attempts)` : ''}${claim.reason === undefined ? '' : `: ${text(cut(claim.reason, 400))}`}`,
          ]),
      ),
    )
  }
  return tables
}

function renderUnexpected(claim: ClaimResult): string {
  const checks = claim.checks.map((check) => [
    check.passed ? '✓' : '✗',
    check.role,
    text(check.what),
    code(cut(check.expected, 1000)),
    code(cut(check.observed, 1000)),
  ])
  return [
    '<details open>',
    `<summary><b>${text(claim.id)}</b> ${claim.verdict}${claim.expectation === 'none' ? '' : `, expected ${claim.expectation}`}: ${text(claim.statement)}</summary>`,
    '',
    claim.reason === undefined ? '' : `${text(claim.reason)}\n`,
    checks.length === 0 ? '' : `${table(['', 'role', 'check', 'expected', 'observed'], checks)}\n`,
    '</details>',
  ].join('\n')
}

function renderErrata(scenario: ScenarioRun): string {
  const errata = errataOf(scenario)
  if (errata.length === 0) return ''
  const rows = errata.map(({ claim, correction }) => [
    text(claim.id),
    `${text(claim.statement)} (${claim.judgement}, ${claim.verdict})`,
    `${text(claim.erratum ?? correction?.statement ?? '')}${correction === undefined ? '' : ` (${text(correction.id)} ${correction.verdict})`}`,
  ])
  return `### Erratum\n\n${table(['claim', 'the document says', 'what holds'], rows)}`
}

function renderFaults(scenario: ScenarioRun): string {
  const faults = scenario.faults ?? []
  if (faults.length === 0) return ''
  const rows = faults.map((fault) => [
    isCaught(fault) ? '✅' : '❌',
    text(fault.name),
    text(fault.on),
    faultOutcome(fault),
    text(fault.inconclusive.join(' ')),
  ])
  return `### Kill matrix\n\n${faults.filter(isCaught).length} of ${plural(faults.length, 'deliberate fault')} caught.\n\n${table(['', 'fault', 'on', 'refuted', 'inconclusive'], rows)}`
}

function faultOutcome(fault: FaultResult): string {
  if (!fault.injected) return `not injected: ${text(fault.injectionError ?? '')}`
  return fault.caught ? text(fault.caughtBy.join(' ')) : 'no claim'
}

/** GitHub draws mermaid; elsewhere it reads as a list of links. */
function renderTopology(topology: Topology): string {
  if (topology.hosts.length === 0) return ''
  const label = (host: Topology['hosts'][number]) =>
    `"${oneLine([host.name, ...host.addresses].join(' ')).replaceAll(/["`<>&#\\]/g, ' ')}"`
  const id = (name: string) => `h${topology.hosts.findIndex((host) => host.name === name)}`
  const hasRouter = topology.hosts.find((host) => host.kind === 'router')
  const lines = topology.hosts.flatMap((host) => {
    const own = `  ${id(host.name)}[${label(host)}]`
    if (host.kind === 'pod' && host.node !== undefined) return [own, `  ${id(host.node)} --- ${id(host.name)}`]
    if (host.kind === 'external-host')
      return [own, `  ${hasRouter === undefined ? 'subnet' : id(hasRouter.name)} --- ${id(host.name)}`]
    return [own, `  subnet --- ${id(host.name)}`]
  })
  return ['```mermaid', 'graph TD', '  subnet(["nodes"])', ...lines, '```'].join('\n')
}

function renderEnvironment(run: Run): string {
  const rows = Object.entries(run.environment).map(([name, value]) => [text(name), code(value)])
  return rows.length === 0 ? '' : table(['environment', ''], rows)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Text that Markdown takes literally, on one line, in a table too. */
function text(value: string): string {
  return oneLine(value).replaceAll(/[\\`*_{}[\]<>|#&@~]/g, entity)
}

function code(value: string): string {
  const escaped = printable(value)
    .replaceAll(/[\\`*_{}[\]<>|#&@~]/g, entity)
    .replaceAll('\n', '<br>')
  return escaped === '' ? '' : `<code>${escaped}</code>`
}

function entity(character: string): string {
  return `&#${character.codePointAt(0) ?? 0};`
}
