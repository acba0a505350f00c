import { describe, expect, it } from 'vitest'
import type { TranslationEvidence, TranslationRow } from '../evidence-model.ts'
import { elementsOf } from '../testdata/well-formed.ts'
import { changedFields, endpoint, renderLadder } from './ladder.ts'

const at = (host: string, source: string, timeMs: number): TranslationRow => ({
  host,
  interface: 'eth0',
  timeMs,
  source,
  destination: '10.0.0.2',
})

function translation(...rows: readonly TranslationRow[]): TranslationEvidence {
  return { kind: 'translation', id: 'E1', title: 'one packet', rows, changed: ['source'], invariant: 'nonce' }
}

describe('the packet ladder', () => {
  it('names what changed between two capture points on the hop between them', () => {
    const { markup } = renderLadder(translation(at('pod', '10.1.0.5', 0), at('node', '10.0.0.1', 0.04)))
    expect(markup).toMatch(/<text class="nat"[^>]*>source<\/text>/)
    expect(markup).toContain('+0.040 ms')
  })

  it('draws a hop without a mark where nothing changed', () => {
    const { markup } = renderLadder(translation(at('pod', '10.1.0.5', 0), at('node', '10.1.0.5', 1)))
    expect(markup).not.toContain('nat')
    expect(markup).toContain('class="hop"')
  })

  it('starts a new line where a packet turns back', () => {
    const { markup } = renderLadder(
      translation(at('pod', '10.1.0.5', 0), at('node', '10.1.0.5', 1), at('pod', '10.0.0.1', 2)),
    )
    const heights = [...markup.matchAll(/class="seen" cx="[\d.]+" cy="([\d.]+)"/g)].map((match) => Number(match[1]))
    expect(new Set(heights).size).toBe(2)
  })

  it('is well formed without any row', () => {
    expect(elementsOf(renderLadder(translation()).markup)).toContain('svg')
  })

  it('compares only fields that both rows have', () => {
    expect(changedFields(at('a', '10.0.0.1', 0), { ...at('b', '10.0.0.9', 1), icmpId: 5 })).toEqual(['source'])
  })

  it('puts an IPv6 address with a port in brackets', () => {
    expect(endpoint('fd00::1', 80)).toBe('[fd00::1]:80')
    expect(endpoint('10.0.0.1', 80)).toBe('10.0.0.1:80')
    expect(endpoint('fd00::1', undefined)).toBe('fd00::1')
  })
})
