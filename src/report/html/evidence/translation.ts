import type { TranslatedField, TranslationEvidence, TranslationRow } from '../../evidence-model.ts'
import { type Html, html } from '../html.ts'
import { changedFields, endpoint, renderLadder } from '../ladder.ts'

export function renderTranslation(evidence: TranslationEvidence): Html {
  const legs = [evidence.rows, evidence.replyRows ?? []]
  return html`<figure>${renderLadder(evidence)}</figure>
<div class="scroll"><table class="packets">
<thead><tr><th>seen on</th><th class="n">ms</th><th>source</th><th>destination</th><th class="n">ICMP id</th><th class="n">TTL</th><th>packet</th></tr></thead>
${legs.filter((leg) => leg.length > 0).map((leg) => html`<tbody>${leg.map((row, index) => renderRow(row, leg[index - 1]))}</tbody>`)}
</table></div>
<dl class="facts">
<dt>changed</dt><dd>${evidence.changed.length === 0 ? 'nothing' : evidence.changed.join(', ')}</dd>
<dt>the same packet, by</dt><dd>${evidence.invariant}</dd>
${evidence.rule !== undefined && html`<dt>rule</dt><dd><code>${evidence.rule}</code></dd>`}
${evidence.conntrack !== undefined && html`<dt>conntrack</dt><dd><code>${evidence.conntrack}</code></dd>`}
</dl>`
}

function renderRow(row: TranslationRow, before: TranslationRow | undefined): Html {
  const changed = changedFields(before, row)
  const cell = (text: string, ...fields: readonly TranslatedField[]) =>
    fields.some((field) => changed.includes(field)) ? html`<mark title="changed here">${text}</mark>` : html`${text}`
  const origin =
    row.capture === undefined ? '' : `${row.capture}${row.packetNumber === undefined ? '' : ` #${row.packetNumber}`}`
  return html`<tr><td>${row.host} <span class="dim">${row.interface}</span></td><td class="n">${row.timeMs.toFixed(3)}</td>
<td>${cell(endpoint(row.source, row.sourcePort), 'source', 'sourcePort')}</td><td>${cell(endpoint(row.destination, row.destinationPort), 'destination', 'destinationPort')}</td>
<td class="n">${cell(row.icmpId === undefined ? '' : String(row.icmpId), 'icmpId')}</td><td class="n">${row.ttl}</td><td class="dim">${origin}</td></tr>`
}
