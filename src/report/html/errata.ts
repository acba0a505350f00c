import { errataOf } from '../summary.ts'
import { withCode } from './code.ts'
import { anchorOf, evidenceOfClaim, linkToClaim, linkToEvidence, type ScenarioContext } from './context.ts'
import { type Html, html } from './html.ts'

/** What the document gets wrong, and what was proved in its place. */
export function renderErrata(context: ScenarioContext): Html {
  const { scenario } = context
  const errata = errataOf(scenario)
  if (errata.length === 0) return html``
  return html`<section class="errata" id="${anchorOf(context, 'part', 'errata')}"><h3>Erratum of “${scenario.document.title}”</h3>
<div class="scroll"><table><thead><tr><th></th><th>the document says</th><th>what holds</th><th>evidence</th></tr></thead>
<tbody>${errata.map(({ claim, correction }) => {
    const shown = [
      ...new Set([...evidenceOfClaim(claim), ...(correction === undefined ? [] : evidenceOfClaim(correction))]),
    ]
    return html`<tr><td>${linkToClaim(context, claim.id)}</td><td>${withCode(claim.statement)} <span class="judgement">${claim.judgement}</span> <span class="dim">${claim.verdict}</span></td>
<td>${withCode(claim.erratum ?? correction?.statement ?? '')}${correction !== undefined && html` <span class="dim">(${linkToClaim(context, correction.id)} ${correction.verdict})</span>`}</td>
<td class="dim">${shown.map((id, index) => html`${index > 0 && ' '}${linkToEvidence(context, id)}`)}</td></tr>`
  })}</tbody></table></div></section>`
}
