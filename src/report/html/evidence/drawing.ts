import type { DrawingEvidence } from '../../evidence-model.ts'
import { type Html, html } from '../html.ts'

type Shape = DrawingEvidence['shapes'][number]

/** The picture as SVG, made from its shapes: markup that somebody else wrote never gets into the page. */
export function renderDrawing(evidence: DrawingEvidence): Html {
  const { width, height, shapes, legend, title } = evidence
  return html`<figure class="drawing"><div class="scroll">
<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">${shapes.map(renderShape)}</svg></div>
<figcaption>${legend.length > 0 && html`<dl class="facts">${legend.map((entry) => html`<dt class="${entry.style}">${entry.label}</dt><dd>${entry.text}</dd>`)}</dl>`}</figcaption></figure>`
}

function renderShape(shape: Shape): Html {
  const style = shape.style ?? 'plain'
  switch (shape.shape) {
    case 'box':
      return html`<rect class="shape ${style}" x="${shape.x}" y="${shape.y}" width="${shape.width}" height="${shape.height}" rx="3"/>`
    case 'line':
      return renderLine(shape, style)
    case 'text':
      return html`<text class="${style}" x="${shape.x}" y="${shape.y}" text-anchor="${shape.anchor ?? 'start'}">${shape.text}</text>`
    case 'step':
      return html`<circle class="shape step ${style}" cx="${shape.x}" cy="${shape.y}" r="9"/><text class="${style}" x="${shape.x}" y="${shape.y + 4}" text-anchor="middle">${shape.label}</text>`
    default:
      return shape satisfies never
  }
}

function renderLine({ points, arrow }: Extract<Shape, { shape: 'line' }>, style: string): Html {
  const path = points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('')
  return html`<path class="shape line ${style}" d="${path}"/>${arrow === true && renderHead(points, style)}`
}

function renderHead(points: Extract<Shape, { shape: 'line' }>['points'], style: string): Html {
  const [before, tip] = points.slice(-2)
  if (before === undefined || tip === undefined) return html``
  const angle = (Math.atan2(tip.y - before.y, tip.x - before.x) * 180) / Math.PI
  return html`<path class="shape head ${style}" transform="translate(${tip.x} ${tip.y}) rotate(${angle.toFixed(1)})" d="M0 0L-8 -4L-8 4Z"/>`
}
