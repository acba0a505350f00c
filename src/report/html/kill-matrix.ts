import type { FaultResult, Verdict } from '../model.ts'
import { plural, shellLine } from '../printable.ts'
import { isCaught } from '../summary.ts'
import { anchorOf, linkToClaim, type ScenarioContext } from './context.ts'
import { type Html, html } from './html.ts'

/** Faults by claims: which deliberate break turned which claim. */
export function renderKillMatrix(context: ScenarioContext): Html {
  const faults = context.scenario.faults ?? []
  if (faults.length === 0) return html``
  const claims = context.scenario.claims.filter((claim) =>
    faults.some((fault) => verdictUnder(fault, claim.id) !== undefined),
  )
  const untouched = claims.filter(
    (claim) => claim.verdict === 'proved' && !faults.some((fault) => fault.caughtBy.includes(claim.id)),
  )
  return html`<section id="${anchorOf(context, 'part', 'faults')}"><h3>Kill matrix</h3>
<p class="meta">${faults.filter(isCaught).length} of ${plural(faults.length, 'deliberate fault')} caught. <b>✗</b> the fault turned the claim to refuted, <b>?</b> to inconclusive, <b>·</b> the verdict stood.</p>
<div class="scroll"><table class="kill"><thead><tr><th>fault</th><th>on</th>${claims.map((claim) => html`<th class="claim-id"><span>${linkToClaim(context, claim.id)}</span></th>`)}<th>caught</th></tr></thead>
<tbody>${faults.map(
    (fault) =>
      html`<tr class="${!isCaught(fault) && 'survived'}"><th scope="row" title="after: ${fault.after}">${fault.name}<small>${fault.description ?? html`<code>${shellLine(fault.argv)}</code>`}</small></th><td>${fault.on}</td>${claims.map((claim) => renderCell(fault, claim.id))}<td>${caughtText(fault)}</td></tr>`,
  )}</tbody></table></div>
${untouched.length > 0 && html`<p class="meta">Proved, and turned by none of these faults: ${untouched.map((claim, index) => html`${index > 0 && ', '}${linkToClaim(context, claim.id)}`)}.</p>`}</section>`
}

function verdictUnder(fault: FaultResult, claimId: string): Verdict | undefined {
  const verdict = Object.hasOwn(fault.verdicts, claimId) ? fault.verdicts[claimId] : undefined
  return verdict === 'not-tested' || verdict === 'skipped' ? undefined : verdict
}

function renderCell(fault: FaultResult, claimId: string): Html {
  const verdict = verdictUnder(fault, claimId)
  const title = `${fault.name}, ${claimId}: ${verdict ?? 'not tested'}`
  if (fault.caughtBy.includes(claimId)) return html`<td class="killed" title="${title}">✗</td>`
  if (fault.inconclusive.includes(claimId)) return html`<td class="unsure" title="${title}">?</td>`
  return html`<td class="stood" title="${title}">${verdict === undefined ? '' : '·'}</td>`
}

function caughtText(fault: FaultResult): Html {
  if (!fault.injected) return html`<span class="bad">not injected: ${fault.injectionError}</span>`
  return fault.caught ? html`yes` : html`<span class="bad">no</span>`
}
