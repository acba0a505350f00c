import type { ListingEvidence, MatrixEvidence, TraceEvidence } from '../../evidence-model.ts'
import { type Html, html } from '../html.ts'

export function renderListing(evidence: ListingEvidence): Html {
  return html`<div class="scroll"><table class="listing">
<thead><tr><th></th><th>documented</th><th>observed</th></tr></thead>
<tbody>${evidence.rows.map(
    (
      row,
    ) => html`<tr class="${!row.equal && 'different'}"><td class="sign">${row.equal ? '=' : '≠'}</td><td class="line">${row.documented}</td><td class="line">${row.observed}</td></tr>
${row.note !== undefined && html`<tr class="remark"><td></td><td colspan="2">${row.note}</td></tr>`}`,
  )}</tbody></table></div>`
}

export function renderMatrix(evidence: MatrixEvidence): Html {
  const froms = [...new Set(evidence.cells.map((cell) => cell.from))]
  const tos = [...new Set(evidence.cells.map((cell) => cell.to))]
  const cellOf = (from: string, to: string) => evidence.cells.filter((cell) => cell.from === from && cell.to === to)
  return html`<div class="scroll"><table class="matrix">
<thead><tr><th scope="col">from \\ to</th>${tos.map((to) => html`<th scope="col">${to}</th>`)}</tr></thead>
<tbody>${froms.map((from) => html`<tr><th scope="row">${from}</th>${tos.map((to) => html`<td>${cellOf(from, to).map(renderProbe)}</td>`)}</tr>`)}</tbody></table></div>`
}

function renderProbe(cell: MatrixEvidence['cells'][number]): Html {
  const expected =
    cell.asExpected || cell.expected === undefined
      ? undefined
      : html` <span class="dim">expected ${cell.expected}</span>`
  return html`<div class="${cell.asExpected ? 'probe' : 'probe bad'}">${cell.asExpected ? '' : '✗ '}${cell.outcome}${expected}${cell.note !== undefined && html` <span class="dim">${cell.note}</span>`}</div>`
}

export function renderTrace(evidence: TraceEvidence): Html {
  return html`<p class="meta">${evidence.host}: ${evidence.packet}</p>
<div class="scroll"><table class="trace">
<thead><tr><th class="n">#</th><th>hook</th><th>table</th><th>chain</th><th>rule</th><th>then</th></tr></thead>
<tbody>${evidence.rows.map((row, index) => html`<tr><td class="n">${index + 1}</td><td>${row.hook}</td><td>${row.table}</td><td>${row.chain}</td><td class="rule">${row.rule ?? html`<span class="dim">policy</span>`}</td><td>${row.action}</td></tr>`)}</tbody></table></div>`
}
