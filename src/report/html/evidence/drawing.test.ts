import { expect, it } from 'vitest'
import type { DrawingEvidence } from '../../evidence-model.ts'
import { elementsOf } from '../../testdata/well-formed.ts'
import { renderDrawing } from './drawing.ts'

const drawing: DrawingEvidence = {
  kind: 'drawing',
  id: 'E1',
  title: 'a picture',
  width: 100,
  height: 50,
  shapes: [
    { shape: 'box', x: 1, y: 2, width: 30, height: 20, style: 'flow' },
    {
      shape: 'line',
      points: [
        { x: 0, y: 0 },
        { x: 10, y: 10 },
      ],
      arrow: true,
    },
    { shape: 'step', x: 5, y: 5, label: '16', style: 'good' },
    { shape: 'text', x: 5, y: 5, text: '</svg><script>alert(1)</script>', anchor: 'middle' },
  ],
  legend: [{ label: '16', text: 'it leaves', style: 'good' }],
}

it('draws boxes, lines with heads, numbers and texts', () => {
  const { markup } = renderDrawing(drawing)
  expect(elementsOf(markup)).toEqual(expect.arrayContaining(['svg', 'rect', 'path', 'circle', 'text']))
  expect(markup).toContain('rotate(45.0)')
  expect(markup).toContain('<dt class="good">16</dt><dd>it leaves</dd>')
})

it('never puts markup of others into the page', () => {
  expect(renderDrawing(drawing).markup).not.toContain('<script>')
})

it('draws no head on a line that has no direction', () => {
  const shapes = [{ shape: 'line' as const, points: [{ x: 1, y: 1 }], arrow: true }]
  expect(renderDrawing({ ...drawing, shapes }).markup).not.toContain('head')
})
