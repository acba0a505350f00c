import type { RuleRow, RulesetEvidence } from '../../evidence-model.ts'
import { linkToFile } from '../context.ts'
import { type Html, html } from '../html.ts'

export function renderRuleset(evidence: RulesetEvidence): Html {
  const withDelta = evidence.rows.some((row) => row.packetsDelta !== undefined || row.bytesDelta !== undefined)
  const chains = [...new Set(evidence.rows.map((row) => row.chain))]
  return html`<p class="meta">${evidence.host}, ${evidence.family === 4 ? 'iptables' : 'ip6tables'} <code>-t ${evidence.table}</code>${evidence.beforeFile !== undefined && html` before ${linkToFile(evidence.beforeFile)}`}${evidence.afterFile !== undefined && html` after ${linkToFile(evidence.afterFile)}`}</p>
${evidence.void !== undefined && html`<p class="problem">void: ${evidence.void}</p>`}
${
  evidence.rows.length === 0
    ? html`<p class="dim">No rules.</p>`
    : html`<div class="scroll"><table class="rules">
<thead><tr><th class="n">#</th>${withDelta && html`<th class="n">Δ packets</th><th class="n">Δ bytes</th>`}<th class="n">packets</th><th class="n">bytes</th><th>rule</th></tr></thead>
${chains.map((chain) => html`<tbody><tr class="chain"><th colspan="${withDelta ? 6 : 4}" scope="rowgroup">${chain}</th></tr>${evidence.rows.filter((row) => row.chain === chain).map((row) => renderRule(row, withDelta))}</tbody>`)}
</table></div>`
}`
}

function renderRule(row: RuleRow, withDelta: boolean): Html {
  const changed = row.changed ?? (row.packetsDelta ?? 0) !== 0
  return html`<tr class="${changed && 'moved'}"><td class="n">${row.number}</td>${withDelta && html`<td class="n delta">${signed(row.packetsDelta)}</td><td class="n delta">${signed(row.bytesDelta)}</td>`}
<td class="n">${row.packets}</td><td class="n">${row.bytes}</td><td class="rule">${emphasiseTarget(row.rule)}</td></tr>`
}

function signed(delta: number | undefined): string {
  if (delta === undefined) return ''
  return delta > 0 ? `+${delta}` : String(delta)
}

function emphasiseTarget(rule: string): Html {
  const target = /(?<=(?:^|\s)(?:-j|-g)\s)\S+/.exec(rule)
  if (target === null) return html`${rule}`
  const end = target.index + target[0].length
  return html`${rule.slice(0, target.index)}<b>${target[0]}</b>${rule.slice(end)}`
}
