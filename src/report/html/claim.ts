import type { Check, ClaimResult, Evidence } from '../model.ts'
import { formatDuration } from '../printable.ts'
import { isLate, outcomeOf } from '../summary.ts'
import { withCode } from './code.ts'
import { anchorOf, evidenceOfClaim, linkToClaim, linkToEvidence, type ScenarioContext } from './context.ts'
import { renderEvidence } from './evidence/evidence.ts'
import { type Html, html } from './html.ts'

/** One claim: its sentence and verdict in one line; inside, the checks and the evidence that it is the first to cite. */
export function renderClaim(context: ScenarioContext, claim: ClaimResult): Html {
  const outcome = outcomeOf(claim)
  const isUntested = outcome === 'skipped' || outcome === 'not-tested'
  const cited = evidenceOfClaim(claim)
  const own = cited.flatMap((id) => {
    const evidence = context.evidenceById.get(id)
    return evidence !== undefined && context.homes.get(id) === claim.id ? [evidence] : []
  })
  const isOpen = !claim.asExpected || own.some(({ kind }) => kind === 'translation' || kind === 'drawing')
  return html`<details class="claim ${outcome}" id="${anchorOf(context, 'claim', claim.id)}" data-outcome="${outcome}" ${isOpen && 'open'}>
<summary><span class="id">${claim.id}</span><span class="statement">${withCode(claim.statement)}${claim.judgement !== 'right' && html` <span class="judgement">${claim.judgement}</span>`}${isUntested && claim.reason !== undefined && html` <span class="dim">${claim.reason}</span>`}</span>${renderVerdict(claim)}</summary>
<div class="body">
${claim.reason !== undefined && html`<p class="${claim.asExpected ? 'reason' : 'problem'}">${claim.reason}</p>`}
${claim.erratum !== undefined && html`<p class="reason"><b>Erratum.</b> ${claim.erratum}</p>`}
${claim.correctedBy !== undefined && html`<p class="meta">Corrected by ${linkToClaim(context, claim.correctedBy)}.</p>`}
${claim.correctionOf !== undefined && html`<p class="meta">Corrects ${linkToClaim(context, claim.correctionOf)}.</p>`}
${renderAttempts(claim)}
${claim.checks.length > 0 && renderChecks(context, claim.checks)}
<p class="meta">${claim.expectation === 'none' ? 'Nothing was expected' : `Expected to be ${claim.expectation}`}${cited.length > 0 && html`; evidence ${cited.map((id, index) => html`${index > 0 && ', '}${linkToEvidence(context, id)}`)}`}; took ${formatDuration(claim.durationMs)}.</p>
${own.map((evidence) => renderEvidence(context, evidence, !claim.asExpected || !bulky.has(evidence.kind)))}
</div></details>`
}

/** The verdict in a word, and whether it is the expected one: never by colour alone. */
export function renderVerdict(claim: ClaimResult): Html {
  const outcome = outcomeOf(claim)
  const late = isLate(claim)
  const remark =
    outcome === 'unexpected'
      ? 'unexpected'
      : claim.verdict === 'refuted'
        ? 'as expected'
        : late
          ? `after ${claim.attempts?.length} attempts`
          : undefined
  return html`<span class="verdict ${outcome} v-${claim.verdict}">${signs[claim.verdict]} ${claim.verdict}${remark !== undefined && html`<small>${remark}</small>`}</span>`
}

/** What is read only when there is a doubt. */
const bulky: ReadonlySet<Evidence['kind']> = new Set(['capture', 'transcript', 'trace', 'text'])

const signs = { proved: '✓', refuted: '✗', inconclusive: '?', skipped: '–', 'not-tested': '·' } as const

function renderChecks(context: ScenarioContext, checks: readonly Check[]): Html {
  return html`<div class="scroll"><table class="checks">
<thead><tr><th></th><th>check</th><th>expected</th><th>observed</th><th></th></tr></thead>
<tbody>${checks.map(
    (
      check,
    ) => html`<tr class="${check.passed ? 'held' : 'failed'}"><td class="sign">${check.passed ? '✓' : '✗'}</td><td>${check.role === 'control' && html`<span class="role">control</span> `}${check.what}</td>
<td class="value">${check.expected}</td><td class="value">${check.observed}</td><td class="dim cited">${(check.evidence ?? []).map((id, index) => html`${index > 0 && ' '}${linkToEvidence(context, id)}`)}</td></tr>`,
  )}</tbody></table></div>`
}

function renderAttempts(claim: ClaimResult): Html {
  const attempts = claim.attempts ?? []
  if (attempts.length < 2) return html``
  return html`<div class="meta">${attempts.length} attempts:<ol>${attempts.map((attempt) => html`<li>at ${attempt.startedAtMs.toFixed(0)} ms ${attempt.verdict}${attempt.reason !== undefined && html`: ${attempt.reason}`}</li>`)}</ol></div>`
}
