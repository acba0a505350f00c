import { createHash } from 'node:crypto'
import { type Html, html, Html as Markup } from '../html/html.ts'
import { style } from '../html/style.ts'
import type { ComparedEvidence, ComparedScenario, Comparison, Pair } from './comparison.ts'

/** The comparison as one HTML file, without network or scripts. */
export function comparisonPage(comparison: Comparison): string {
  const [first, second] = comparison.runs
  const { differences } = comparison
  const headline = differences === 0 ? 'no differences' : `${differences} difference${differences === 1 ? '' : 's'}`
  const status = differences === 0 ? 'passed' : 'failed'
  const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`
  return html`${new Markup('<!doctype html>')}
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}"><title>${headline}: ${first} and ${second}</title><style>${new Markup(style)}</style></head><body><main>
<header class="run"><p class="tool">packetproof compare</p><h1><span class="status ${status}">${headline}</span> ${first} and ${second}</h1></header>
${comparison.scenarios.map(renderScenario)}
<section><h3>Environment</h3>${table(comparison.environment, ['', first, second])}</section>
</main></body></html>
`.markup
}

function renderScenario({ name, made, claims, evidence }: ComparedScenario): Html {
  return html`<article class="scenario"><h2>${name}</h2>
<p class="meta">${made[0] ?? '(not in the first run)'} beside ${made[1] ?? '(not in the second run)'}</p>
<h3>Claims</h3>${table(claims, ['claim', 'first', 'second', ''], (row) => html`<td>${'statement' in row ? String(row.statement) : ''}</td>`)}
${evidence.map(renderEvidence)}</article>`
}

function renderEvidence({ kind, title, rows, likeness }: ComparedEvidence): Html {
  const body = table(rows, ['', 'first', 'second'])
  if (likeness === 'same') {
    return html`<details><summary><span class="sign">=</span> <span class="kind">${kind}</span> ${title}</summary>${body}</details>`
  }
  if (likeness !== 'different') return html`<p class="dim">${likeness.replace('-', ' in the ')}: ${kind} ${title}</p>`
  return html`<details open><summary class="bad"><span class="sign">≠</span> <span class="kind">${kind}</span> ${title}</summary>${body}</details>`
}

function table(rows: readonly Pair[], titles: readonly string[], more: (row: Pair) => Html = () => html``): Html {
  return html`<div class="scroll"><table><thead><tr>${titles.map((title) => html`<th>${title}</th>`)}</tr></thead><tbody>${rows.map(
    (row) => {
      const cell = (text: string | undefined): Html =>
        row.likeness === 'different' ? html`<td><mark>${text ?? '–'}</mark></td>` : html`<td>${text ?? '–'}</td>`
      return html`<tr><th scope="row"><code>${row.what}</code></th>${cell(row.first)}${cell(row.second)}${more(row)}</tr>`
    },
  )}</tbody></table></div>`
}
