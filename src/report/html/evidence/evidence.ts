import type { Evidence } from '../../evidence-model.ts'
import { anchorOf, type ScenarioContext } from '../context.ts'
import { type Html, html } from '../html.ts'
import { renderCapture } from './capture.ts'
import { renderDrawing } from './drawing.ts'
import { renderRuleset } from './ruleset.ts'
import { renderListing, renderMatrix, renderTrace } from './tables.ts'
import { renderText, renderTranscript } from './text.ts'
import { renderTimeline } from './timeline.ts'
import { renderTranslation } from './translation.ts'

export function renderEvidence(context: ScenarioContext, evidence: Evidence, isOpen: boolean): Html {
  return html`<details class="evidence" id="${anchorOf(context, 'evidence', evidence.id)}" ${isOpen && 'open'}>
<summary><span class="id">${evidence.id}</span> ${evidence.title} <span class="kind">${evidence.kind}</span></summary>
<div class="body">${renderBody(evidence)}</div></details>`
}

function renderBody(evidence: Evidence): Html {
  switch (evidence.kind) {
    case 'capture':
      return renderCapture(evidence)
    case 'translation':
      return renderTranslation(evidence)
    case 'ruleset':
      return renderRuleset(evidence)
    case 'listing':
      return renderListing(evidence)
    case 'transcript':
      return renderTranscript(evidence)
    case 'timeline':
      return renderTimeline(evidence)
    case 'matrix':
      return renderMatrix(evidence)
    case 'trace':
      return renderTrace(evidence)
    case 'drawing':
      return renderDrawing(evidence)
    case 'text':
      return renderText(evidence)
    default:
      return evidence satisfies never
  }
}
