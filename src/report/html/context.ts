import type { ClaimResult, Evidence, ScenarioRun } from '../model.ts'
import { type Html, html } from './html.ts'

/** What the parts of one scenario's report need to refer to each other. */
export interface ScenarioContext {
  readonly scenario: ScenarioRun
  /** Prefix of every anchor of this scenario. */
  readonly prefix: string
  readonly evidenceById: ReadonlyMap<string, Evidence>
  readonly claimById: ReadonlyMap<string, ClaimResult>
  /** Which claim shows an evidence in full (claim id by evidence id); all others link to it. */
  readonly homes: ReadonlyMap<string, string>
}

export function contextOf(scenario: ScenarioRun, index: number): ScenarioContext {
  const homes = new Map<string, string>()
  const unexpectedFirst = [...scenario.claims].sort((a, b) => Number(a.asExpected) - Number(b.asExpected))
  for (const claim of unexpectedFirst) {
    for (const id of evidenceOfClaim(claim)) if (!homes.has(id)) homes.set(id, claim.id)
  }
  return {
    scenario,
    prefix: `s${index + 1}`,
    evidenceById: new Map(scenario.evidence.map((evidence) => [evidence.id, evidence])),
    claimById: new Map(scenario.claims.map((claim) => [claim.id, claim])),
    homes,
  }
}

/** Ids of what a claim and its checks rest on, without repetition. */
export function evidenceOfClaim(claim: ClaimResult): string[] {
  return [...new Set([...claim.evidence, ...claim.checks.flatMap((check) => [...(check.evidence ?? [])])])]
}

export function anchorOf(context: ScenarioContext, kind: 'claim' | 'evidence' | 'part', id: string): string {
  return `${context.prefix}-${kind}-${id.replaceAll(/[^\w.-]/g, (character) => `~${character.codePointAt(0)?.toString(16)}`)}`
}

export function linkToClaim(context: ScenarioContext, id: string): Html {
  return context.claimById.has(id) ? html`<a href="#${anchorOf(context, 'claim', id)}">${id}</a>` : html`${id}`
}

export function linkToEvidence(context: ScenarioContext, id: string): Html {
  const title = context.evidenceById.get(id)?.title
  if (title === undefined) return html`<span class="missing">${id} (not in this run)</span>`
  return html`<a href="#${anchorOf(context, 'evidence', id)}" title="${title}">${id}</a>`
}

/** A file beside the report. */
export function linkToFile(file: string): Html {
  const href = file.split('/').map(encodeURIComponent).join('/')
  return html`<a class="file" href="./${href}">${file}</a>`
}
