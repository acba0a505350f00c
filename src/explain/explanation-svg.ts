import { type Html, html } from '../report/html/html.ts'
import type { Explanation, HookPassage, Leg, Passage, RuleStep } from './explanation.ts'
import { rewriteText, ruleParts, tupleText } from './step-text.ts'

const columnWidth = 300
const gap = 46
const margin = 20
const lineHeight = 15
const textPerColumn = 42

interface Line {
  readonly text: string
  readonly full: string
  readonly style: 'hook' | 'rule' | 'route' | 'rewrite' | 'bad' | 'wire'
}

/** A drawing of the packet's way that stands alone: a column for each host, in it what the hooks, rules and routes did. */
export function explanationSvg(explanation: Explanation): string {
  const { legs, ending, outcome, question } = explanation
  const rows = legs.map((leg) => ({ leg, columns: leg.passages.map(linesOf) }))
  const columns = Math.max(2, ...rows.map((row) => row.columns.length))
  const width = margin * 2 + columns * columnWidth + (columns - 1) * gap
  let y = 52
  const drawn = rows.map(({ leg, columns: lines }) => {
    const top = y
    const height = Math.max(0, ...lines.map((column) => column.length)) * lineHeight + 62
    y += height + 34
    return renderLeg(leg, lines, top, height)
  })
  const isGood = outcome.outcome === 'ok'
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 44}" width="${width}" height="${y + 44}" role="img" aria-label="${ending.text}">
<style>${style}</style><rect class="paper" width="100%" height="100%"/>
<text class="title" x="${margin}" y="28">${`${question.from} → ${question.to}, ${question.protocol.toUpperCase()}: ${outcome.outcome}`}</text>
${drawn}
<circle class="${isGood ? 'good' : 'bad'}" cx="${margin + 6}" cy="${y + 8}" r="6"/><text class="ending" x="${margin + 20}" y="${y + 12}">${ending.text}</text>
</svg>
`.markup
}

function renderLeg(leg: Leg, columns: readonly (readonly Line[])[], top: number, height: number): Html {
  return html`<text class="dim" x="${margin}" y="${top - 6}">${leg.title}</text>${leg.passages.map((passage, index) => {
    const x = margin + index * (columnWidth + gap)
    const next = leg.passages[index + 1]
    return html`${renderColumn(passage, columns[index] ?? [], x, top, height)}${next !== undefined && renderArrow(passage, x + columnWidth, top + 24)}`
  })}`
}

function renderColumn(passage: Passage, lines: readonly Line[], x: number, top: number, height: number): Html {
  return html`<rect class="host" x="${x}" y="${top}" width="${columnWidth}" height="${height}" rx="4"/>
<text class="name" x="${x + 10}" y="${top + 18}">${passage.host}</text><text class="dim" x="${x + columnWidth - 10}" y="${top + 18}" text-anchor="end">${passage.inInterface === undefined ? 'sent here' : `in by ${passage.inInterface}`}</text>
<text class="tuple" x="${x + 10}" y="${top + 36}">${tupleText(passage.entered)}</text>
${lines.map((line, index) => html`<text class="${line.style}" x="${x + 10}" y="${top + 56 + index * lineHeight}">${cut(line.text)}<title>${line.full}</title></text>`)}`
}

function renderArrow(passage: Passage, x: number, y: number): Html {
  const kind = passage.encryption === undefined ? 'hop' : 'hop encrypted'
  return html`<path class="${kind}" d="M${x} ${y}H${x + gap - 8}"/><path class="${kind} head" d="M${x + gap - 1} ${y}l-9 -4v8Z"/><text class="dim" x="${x + gap / 2}" y="${y - 6}" text-anchor="middle">${(passage.outInterface ?? '').slice(0, 7)}</text>`
}

function linesOf(passage: Passage): Line[] {
  const [first, ...rest] = passage.hooks.map(hookLines)
  const { route, encryption, outer } = passage
  const line = (text: string, style: Line['style']): Line => ({ text, full: text, style })
  return [
    ...(first ?? []),
    ...(route === undefined ? [] : [line(`route ${route.text}`, route.found ? 'route' : 'bad')]),
    ...rest.flat(),
    ...(encryption?.endpoint === undefined ? [] : [line(`encrypted for ${encryption.endpoint}`, 'wire')]),
    ...(outer === undefined ? [] : [line(`on the wire ${tupleText(outer)}`, 'wire')]),
  ]
}

function hookLines({ hook, rules, entered, left }: HookPassage): Line[] {
  const isByRule = rules.some(({ rewrite }) => rewrite !== undefined)
  const rewrite =
    tupleText(entered) === tupleText(left) || isByRule ? undefined : rewriteText({ before: entered, after: left })
  return [
    { text: hook.toUpperCase(), full: hook, style: 'hook' },
    ...rules.flatMap(ruleLines),
    ...(rewrite === undefined ? [] : [{ text: rewrite, full: rewrite, style: 'rewrite' as const }]),
  ]
}

function ruleLines(step: RuleStep): Line[] {
  const { what, comment } = ruleParts(step)
  const isBad = /^(policy )?drop$|^reject$/.test(step.action)
  const text = `${'  '.repeat(step.depth)}${step.table} ${step.chain} ${what}`
  const full = `${step.table} ${step.chain} ${what}${comment === '' ? '' : ` /* ${comment} */`}`
  const rule: Line = { text, full, style: isBad ? 'bad' : 'rule' }
  if (step.rewrite === undefined) return [rule]
  const change = rewriteText(step.rewrite)
  return [rule, { text: `  ${change}`, full: change, style: 'rewrite' }]
}

function cut(text: string): string {
  return text.length > textPerColumn ? `${text.slice(0, textPerColumn - 1)}…` : text
}

const style = `svg{--paper:#fff;--node:#f6f7f8;--ink:#1c2126;--dim:#616b75;--good:#177245;--bad:#b3261e;--mark:#8a5a00;--flow:#0b5394;--wire:#6a3d9a}
@media (prefers-color-scheme:dark){svg{--paper:#14171a;--node:#1b1f23;--ink:#d9dee3;--dim:#8f9aa5;--good:#5dc28f;--bad:#f28b82;--mark:#e0b04c;--flow:#7db7ee;--wire:#c7a6e8}}
text{font:11px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:var(--ink);white-space:pre}.paper{fill:var(--paper)}
.title{font-size:14px;font-weight:700}.name,.ending{font-weight:700;font-size:12px}.dim,.hook,.route{fill:var(--dim)}.tuple{fill:var(--flow)}
.bad{fill:var(--bad);font-weight:700}.good{fill:var(--good)}.rewrite{fill:var(--mark);font-weight:700}.wire{fill:var(--wire)}
.host{fill:var(--node);stroke:var(--dim)}.hop{stroke:var(--flow);stroke-width:1.6;fill:none}.hop.head{fill:var(--flow);stroke:none}.hop.encrypted{stroke:var(--wire);stroke-dasharray:5 3}.hop.encrypted.head{fill:var(--wire);stroke:none}`
