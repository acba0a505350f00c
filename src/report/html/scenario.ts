import type { ScenarioRun } from '../model.ts'
import { formatDuration } from '../printable.ts'
import { countClaims, type Outcome } from '../summary.ts'
import { renderClaim } from './claim.ts'
import { renderClock } from './clock.ts'
import { anchorOf, contextOf, linkToEvidence, type ScenarioContext } from './context.ts'
import { renderErrata } from './errata.ts'
import { renderEvidence } from './evidence/evidence.ts'
import { renderFiles } from './files.ts'
import { type Html, html } from './html.ts'
import { renderKillMatrix } from './kill-matrix.ts'
import { renderTopology } from './topology.ts'

export function renderScenario(scenario: ScenarioRun, index: number): Html {
  const context = contextOf(scenario, index)
  const further = scenario.evidence.filter((evidence) => !context.homes.has(evidence.id))
  return html`<article class="scenario" id="${anchorOf(context, 'part', 'top')}">
<header><h2>${scenario.title} <span class="status ${scenario.status}">${scenario.status}</span></h2>
<p class="meta">${[
    `document “${scenario.document.title}”${scenario.document.language === undefined ? '' : ` (${scenario.document.language})`}`,
    `provider ${scenario.provider}`,
    `profile ${scenario.profile}`,
    ...scenario.components.map(
      (part) => `${part.name}: ${part.variant}${part.version === undefined ? '' : ` ${part.version}`}`,
    ),
    formatDuration(scenario.durationMs),
  ].join(' · ')}</p>
${scenario.document.note !== undefined && html`<p class="meta">${scenario.document.note}</p>`}
${scenario.skipReason !== undefined && html`<p class="reason">Skipped: ${scenario.skipReason}</p>`}
${scenario.error !== undefined && html`<p class="problem">${scenario.error.code !== undefined && html`<code>${scenario.error.code}</code> `}${scenario.error.message}${scenario.error.hint !== undefined && html` <span class="dim">${scenario.error.hint}</span>`}</p>`}
${renderTally(scenario)}</header>
${renderErrata(context)}
${renderTopology(scenario.topology)}
${scenario.claims.length > 0 && html`<section class="claims" id="${anchorOf(context, 'part', 'claims')}"><h3>Claims</h3>${scenario.claims.map((claim) => renderClaim(context, claim))}</section>`}
${renderKillMatrix(context)}
${renderClock(context)}
${further.length > 0 && html`<section><h3>Further evidence</h3>${further.map((evidence) => renderEvidence(context, evidence, false))}</section>`}
${renderMissing(context)}
${renderFiles(context)}
</article>`
}

const outcomeNames: Readonly<Record<Outcome, string>> = {
  expected: 'as expected',
  unexpected: 'unexpected',
  inconclusive: 'inconclusive',
  skipped: 'skipped',
  'not-tested': 'not tested',
}

/** The claims as one bar and its legend. */
function renderTally(scenario: ScenarioRun): Html {
  const { total, byOutcome } = countClaims(scenario.claims)
  if (total === 0) return html``
  const parts = (['expected', 'unexpected', 'inconclusive', 'skipped', 'not-tested'] as const).filter(
    (outcome) => byOutcome[outcome] > 0,
  )
  let x = 0
  return html`<div class="tally"><svg viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">${parts.map(
    (outcome) => {
      const width = (byOutcome[outcome] / total) * 1000
      const bar = html`<rect class="${outcome}" x="${x}" y="0" width="${width}" height="8"/>`
      x += width
      return bar
    },
  )}</svg><p>${parts.map((outcome) => html`<span class="${outcome}"><b>${byOutcome[outcome]}</b> ${outcomeNames[outcome]}</span> `)}</p></div>`
}

/** Evidence that is cited but not there is a fault of the run that a reader must see. */
function renderMissing(context: ScenarioContext): Html {
  const missing = [...context.homes.keys()].filter((id) => !context.evidenceById.has(id))
  return missing.length === 0
    ? html``
    : html`<p class="problem">Cited, but not in this run: ${missing.map((id) => html`${linkToEvidence(context, id)} `)}</p>`
}
