import { createHash } from 'node:crypto'
import type { Run } from '../model.ts'
import { formatDuration, shellLine } from '../printable.ts'
import { headlineOf, outcomeOf, statusOf } from '../summary.ts'
import { anchorOf, contextOf } from './context.ts'
import { Html, html } from './html.ts'
import { renderScenario } from './scenario.ts'
import { script } from './script.ts'
import { style } from './style.ts'

/**
 * The report as one HTML file: no network, all text readable without JavaScript. Only its own style and script may run
 * (content security policy by hash), whatever the packets held.
 */
export function renderPage(run: Run): string {
  const status = statusOf(run)
  const names = run.scenarios.map((scenario) => scenario.name).join(', ')
  return html`${new Html('<!doctype html>')}
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${hashOf(style)}'; script-src '${hashOf(script)}'; base-uri 'none'; form-action 'none'">
<title>${status}: ${names === '' ? run.runId : names} — ${run.tool.name}</title>
<style>${new Html(style)}</style></head><body>
${renderNavigation(run)}
<main>
<header class="run ${status}"><p class="tool">${run.tool.name} ${run.tool.version} <span class="dim">run ${run.runId}</span></p>
<h1><span class="status ${status}">${status}</span> ${headlineOf(run)}</h1>
<p class="meta"><time datetime="${run.startedAt}">${run.startedAt.replace('T', ' ')}</time> · ${formatDuration(run.durationMs)} · again: <code class="copyable">${shellLine(run.command)}</code></p>
${run.problems.map((problem) => html`<p class="problem">${problem}</p>`)}
</header>
<div id="tools" hidden></div>
${run.scenarios.map(renderScenario)}
<section id="environment"><h3>Environment</h3><dl class="facts">${Object.entries(run.environment).map(([name, value]) => html`<dt>${name}</dt><dd><code>${value}</code></dd>`)}</dl></section>
</main>
<script>${new Html(script)}</script></body></html>
`.markup
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

const signs = { expected: '✓', unexpected: '✗', inconclusive: '?', skipped: '–', 'not-tested': '·' } as const

function renderNavigation(run: Run): Html {
  return html`<nav aria-label="Claims">${run.scenarios.map((scenario, index) => {
    const context = contextOf(scenario, index)
    return html`<a class="scenario-link" href="#${anchorOf(context, 'part', 'top')}">${scenario.name}</a><ul>${scenario.claims.map(
      (claim) => {
        const outcome = outcomeOf(claim)
        return html`<li class="${outcome}"><a href="#${anchorOf(context, 'claim', claim.id)}" title="${claim.statement}"><span class="sign">${signs[outcome]}</span> ${claim.id}</a></li>`
      },
    )}</ul>`
  })}</nav>`
}
