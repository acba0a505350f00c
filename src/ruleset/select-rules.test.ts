import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseRuleset } from './parse-ruleset.ts'
import { ownedBy, type RuleSelector, selectRule, selectRules } from './select-rules.ts'

const read = (name: string): string => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8')
const masq = parseRuleset(read('masq.nft.save'), { source: 'masq' })
const istio = parseRuleset(read('istio.nft.save'))

describe('selectRules', () => {
  it.each<[string, RuleSelector, number]>([
    ['table and chain', { table: 'nat', chain: 'IP-MASQ-AGENT' }, 7],
    ['a chain pattern', { chain: /^IP-MASQ/g }, 7],
    ['a target', { target: 'RETURN' }, 4],
    ['a destination by meaning', { destination: '10.0.0.0/255.0.0.0' }, 1],
    ['rules for every destination', { chain: 'IP-MASQ-AGENT', destination: '0.0.0.0/0' }, 3],
    ['a comment pattern', { comment: /outbound traffic/ }, 3],
    ['a protocol number', { protocol: '6' }, 2],
    ['a match module', { match: 'statistic' }, 1],
    ['several parts of the text', { specIncludes: ['--to-ports', 'random-fully'] }, 2],
    ['nothing that is there', { table: 'filter' }, 0],
  ])('selects by %s', (_, selector, count) => {
    expect(selectRules(masq, selector)).toHaveLength(count)
  })

  it('tells a negated address from the address', () => {
    expect(selectRules(istio, { destination: '!127.0.0.0/8' }).map(({ target }) => target)).toEqual(['DOCKER'])
    expect(selectRules(istio, { destination: '127.0.0.0/8' })).toEqual([])
    expect(selectRules(istio, { outInterface: '!docker0' })).toHaveLength(1)
  })
})

describe('selectRule', () => {
  it('shows the rules that are there when none or several fit', () => {
    expect(() => selectRule(masq, { chain: 'IP-MASQ-AGENT', destination: '1.2.3.4' })).toThrow(
      /masq: no rule with chain IP-MASQ-AGENT, destination 1\.2\.3\.4, expected exactly one; the rules there are\n {2}nat: .*169\.254/,
    )
    expect(() => selectRule(masq, { target: 'RETURN' })).toThrow(/masq: 4 rules with target RETURN/)
  })
})

describe('ownedBy', () => {
  it('finds the chains of a component and the jumps to them', () => {
    const owned = ownedBy(istio, { chains: /^ISTIO_/ })
    expect(new Set(owned.chains.map(({ name }) => name))).toContain('ISTIO_OUTPUT')
    expect(owned.jumps.map(({ table, chain, target }) => `${table} ${chain} ${target}`).sort()).toEqual([
      'mangle PREROUTING ISTIO_INBOUND',
      'nat OUTPUT ISTIO_OUTPUT',
      'nat PREROUTING ISTIO_INBOUND',
    ])
    expect(ownedBy(masq, { chains: /^ISTIO_/ })).toEqual({ chains: [], jumps: [], rules: [] })
  })

  it('finds rules by their comment', () => {
    expect(ownedBy(masq, { chains: [], comments: /ensure nat POSTROUTING/ }).jumps).toHaveLength(1)
  })
})
