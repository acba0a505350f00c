import type { Evidence, Step } from '../model.ts'
import { formatDuration } from '../printable.ts'
import { anchorOf, type ScenarioContext } from './context.ts'
import { type Html, html } from './html.ts'

const labelWidth = 300
const barWidth = 700
const laneHeight = 18

interface Lane {
  readonly label: string
  readonly depth: number
  readonly className: string
  readonly spans: readonly { readonly fromMs: number; readonly toMs: number; readonly title: string }[]
}

/** Steps, commands and packets on one clock. */
export function renderClock(context: ScenarioContext): Html {
  const { scenario } = context
  const lanes = [...flatten(scenario.steps, 0), ...scenario.evidence.flatMap(laneOf)]
  if (lanes.length === 0) return html``
  const endMs = lanes.flatMap((lane) => lane.spans).reduce((end, span) => Math.max(end, span.toMs), 1)
  const toX = (ms: number) => labelWidth + (Math.max(0, ms) / endMs) * barWidth
  const height = (lanes.length + 1) * laneHeight + 8
  const ticks = ticksUpTo(endMs)
  return html`<section id="${anchorOf(context, 'part', 'clock')}"><h3>Steps, commands and packets on one clock</h3>
<div class="scroll"><svg class="clock" viewBox="0 0 ${labelWidth + barWidth + 60} ${height}" width="${labelWidth + barWidth + 60}" height="${height}" role="img" aria-label="Timeline of the scenario">
${ticks.map((ms) => html`<path class="tick" d="M${toX(ms).toFixed(1)} ${laneHeight}V${height}"/><text class="dim" x="${toX(ms).toFixed(1)}" y="11" text-anchor="middle">${formatDuration(ms)}</text>`)}
${lanes.map((lane, index) => renderLane(lane, (index + 1) * laneHeight, toX))}
</svg></div>${renderErrors(scenario.steps)}</section>`
}

/** Up to ten round times. */
function ticksUpTo(endMs: number): number[] {
  const magnitude = 10 ** Math.floor(Math.log10(endMs))
  const step = [0.2, 0.5, 1].map((part) => part * magnitude).find((one) => endMs / one <= 10) ?? magnitude
  return Array.from({ length: Math.floor(endMs / step) + 1 }, (_, index) => index * step)
}

function renderLane(lane: Lane, y: number, toX: (ms: number) => number): Html {
  return html`<text x="${lane.depth * 12}" y="${y + 14}">${shorten(lane.label, 42 - lane.depth * 2)}<title>${lane.label}</title></text>
${lane.spans.map((span) => html`<rect class="${lane.className}" x="${toX(span.fromMs).toFixed(1)}" y="${y + 5}" width="${Math.max(1.5, toX(span.toMs) - toX(span.fromMs)).toFixed(1)}" height="10"><title>${span.title}</title></rect>`)}`
}

function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`
}

function flatten(steps: readonly Step[], depth: number): Lane[] {
  return steps.flatMap((step) => [
    {
      label: step.title,
      depth,
      className: `step ${step.status}`,
      spans: [
        {
          fromMs: step.startedAtMs,
          toMs: step.startedAtMs + step.durationMs,
          title: `${step.title}: ${step.status}, ${formatDuration(step.durationMs)}`,
        },
      ],
    },
    ...flatten(step.steps, depth + 1),
  ])
}

function laneOf(evidence: Evidence): Lane[] {
  const lane = { label: `${evidence.id} ${evidence.title}`, depth: 0, className: evidence.kind }
  switch (evidence.kind) {
    case 'capture':
      return [
        {
          ...lane,
          spans: evidence.rows.map((row) => ({
            fromMs: row.timeMs,
            toMs: row.timeMs,
            title: `${row.timeMs.toFixed(3)} ms: ${row.source} → ${row.destination} ${row.protocol} ${row.info}`,
          })),
        },
      ]
    case 'transcript':
      return [
        {
          ...lane,
          spans: evidence.entries.map((entry) => ({
            fromMs: entry.atMs,
            toMs: entry.atMs + entry.durationMs,
            title: `${entry.host}# ${entry.command}`,
          })),
        },
      ]
    case 'timeline':
      return [
        {
          ...lane,
          spans: evidence.entries.map((entry) => ({ fromMs: entry.atMs, toMs: entry.atMs, title: entry.what })),
        },
      ]
    default:
      return []
  }
}

function renderErrors(steps: readonly Step[]): Html {
  return html`${steps.map((step) => html`${step.error !== undefined && html`<p class="problem"><b>${step.title}:</b> ${step.error.message}${step.error.hint !== undefined && html` <span class="dim">${step.error.hint}</span>`}</p>`}${renderErrors(step.steps)}`)}`
}
