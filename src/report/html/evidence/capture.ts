import type { CaptureEvidence, PacketRow } from '../../evidence-model.ts'
import { plural } from '../../printable.ts'
import { linkToFile } from '../context.ts'
import { type Html, html } from '../html.ts'

export function renderCapture(evidence: CaptureEvidence): Html {
  const filter = evidence.filter === '' ? html`no filter` : html`<code>${evidence.filter}</code>`
  return html`<p class="meta">${evidence.host} <code>${evidence.interface}</code>, ${filter}: ${plural(evidence.packetCount, 'packet')}, ${evidence.droppedByKernel} dropped by kernel, ${evidence.complete ? 'complete' : html`<strong class="bad">incomplete</strong>`}. ${linkToFile(evidence.file)}</p>
${evidence.problem !== undefined && html`<p class="problem">${evidence.problem}</p>`}
${
  evidence.rows.length === 0
    ? html`<p class="dim">${evidence.packetCount === 0 ? 'No packets.' : 'Packets are in the file only.'}</p>`
    : html`<div class="scroll"><table class="packets">
<thead><tr><th class="n">#</th><th class="n">ms</th><th>interface</th><th>source</th><th>destination</th><th>protocol</th><th>info</th><th></th></tr></thead>
<tbody>${evidence.rows.map(renderPacket)}</tbody></table></div>`
}
${evidence.rowsLeftOut > 0 && html`<p class="dim">${plural(evidence.rowsLeftOut, 'more packet')} in the file.</p>`}`
}

function renderPacket(row: PacketRow): Html {
  const mark =
    row.highlight === undefined ? row.note : [row.highlight, ...(row.note === undefined ? [] : [row.note])].join(': ')
  return html`<tr class="${row.highlight}"><td class="n">${row.number}</td><td class="n">${row.timeMs.toFixed(3)}</td><td>${row.interface} <span class="dim">${row.direction}</span></td>
<td>${row.source}</td><td>${row.destination}</td><td>${row.protocol}</td><td class="wide">${row.info}</td><td class="note">${mark}</td></tr>`
}
