import type { TimelineEntry, TimelineEvidence } from '../../evidence-model.ts'
import { type Html, html } from '../html.ts'

const labelWidth = 190
const drawingWidth = 900
const laneHeight = 20
const top = 10
const axisHeight = 22

/** What happened when: a drawing with one line for each lane, where there are lanes, and a table of the rest. */
export function renderTimeline(evidence: TimelineEvidence): Html {
  const first = evidence.entries[0]?.atMs ?? 0
  const lanes = [...new Set(evidence.entries.flatMap(({ lane }) => (lane === undefined ? [] : [lane])))]
  // A packet of a lane is a tick; in the table it would be one of hundreds.
  const rows = evidence.entries.filter(({ lane, tone }) => lane === undefined || tone === 'bad')
  return html`${lanes.length > 0 && renderLanes(evidence, lanes)}
<table class="timeline"><thead><tr><th class="n">ms</th><th class="n">since the first</th><th>what</th><th></th></tr></thead>
<tbody>${rows.map((entry) => html`<tr class="${entry.tone === 'bad' && 'unexpected'}"><td class="n">${entry.atMs.toFixed(1)}</td><td class="n">+${(entry.atMs - first).toFixed(1)}</td><td>${entry.what}</td><td class="dim">${entry.detail}</td></tr>`)}</tbody></table>`
}

function renderLanes({ title, entries }: TimelineEvidence, lanes: readonly string[]): Html {
  const times = entries.map(({ atMs }) => atMs)
  const from = Math.min(...times)
  const span = Math.max(1, Math.max(...times) - from)
  const x = (atMs: number): string =>
    (labelWidth + ((atMs - from) / span) * (drawingWidth - labelWidth - 16)).toFixed(1)
  const y = (lane: string): number => top + lanes.indexOf(lane) * laneHeight
  const bottom = top + lanes.length * laneHeight
  const moments = entries.filter(({ lane }) => lane === undefined)
  const height = bottom + axisHeight
  return html`<div class="scroll"><svg class="lanes" viewBox="0 0 ${drawingWidth} ${height}" width="${drawingWidth}" height="${height}" role="img" aria-label="${title}">
${lanes.map((lane) => html`<path class="rail" d="M${labelWidth} ${y(lane) + laneHeight / 2}H${drawingWidth - 16}"/><text x="${labelWidth - 8}" y="${y(lane) + 14}" text-anchor="end">${lane}</text>`)}
${moments.map((entry, index) => html`<path class="moment" d="M${x(entry.atMs)} ${top - 4}V${bottom + 4}"><title>${entry.what}</title></path><text class="dim" x="${x(entry.atMs)}" y="${bottom + 16}" text-anchor="middle">${index + 1}</text>`)}
${entries.map((entry) => entry.lane !== undefined && renderTick(entry, x(entry.atMs), y(entry.lane)))}
</svg></div>
${moments.length > 0 && html`<p class="dim">${moments.map(({ what }, index) => `${index + 1}: ${what}`).join('; ')}; ${(span / 1000).toFixed(2)} s in all.</p>`}`
}

function renderTick({ tone = 'neutral', what, atMs }: TimelineEntry, x: string, y: number): Html {
  return html`<path class="tick-${tone}" d="M${x} ${y + 4}V${y + laneHeight - 4}"><title>${atMs.toFixed(1)} ms: ${what}</title></path>`
}
