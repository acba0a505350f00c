import { describe, expect, it } from 'vitest'
import { renderTimeline } from './timeline.ts'

const common = { kind: 'timeline', id: 'E1', title: 'a <pod> is made' } as const

describe('a timeline', () => {
  it('is a table where it has no lanes', () => {
    const { markup } = renderTimeline({
      ...common,
      entries: [
        { atMs: 5, what: 'applied' },
        { atMs: 7.5, what: 'enforced' },
      ],
    })
    expect(markup).not.toContain('<svg')
    expect(markup).toContain('<td class="n">+2.5</td><td>enforced</td>')
  })

  it('draws the packets of a lane, and lists moments and what is bad', () => {
    const entries = [
      { atMs: 0, what: 'made' },
      { atMs: 10, what: 'request', lane: 'in plain', tone: 'bad' },
      { atMs: 20, what: 'data', lane: 'encrypted', tone: 'good' },
    ] as const
    const { markup } = renderTimeline({ ...common, entries: [...entries] })
    expect(markup).toContain('aria-label="a &lt;pod&gt; is made"')
    expect(markup.match(/class="tick-bad"/g)).toHaveLength(1)
    expect(markup.match(/class="tick-good"/g)).toHaveLength(1)
    expect(markup).toContain('<td>request</td>')
    expect(markup).not.toContain('<td>data</td>')
    expect(markup).toContain('1: made')
  })

  it('takes no time at all, or nothing, as it comes', () => {
    expect(renderTimeline({ ...common, entries: [{ atMs: 1, what: 'x', lane: 'l' }] }).markup).not.toContain('NaN')
    expect(renderTimeline({ ...common, entries: [] }).markup).toContain('<tbody></tbody>')
  })
})
