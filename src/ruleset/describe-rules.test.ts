import { describe, expect, it } from 'vitest'
import { describeRules, type RulesetDescription } from './describe-rules.ts'

const text = [
  '# Warning: iptables-legacy tables present, use iptables-legacy-save to see them',
  '*nat',
  ':POSTROUTING ACCEPT [1:84]',
  ':AGENT - [0:0]',
  ':LOST - [0:0]',
  '[12:1008] -A POSTROUTING -m addrtype ! --dst-type LOCAL -j AGENT',
  '[3:252] -A AGENT -d 10.0.0.0/8 -j RETURN',
  '[0:0] -A AGENT -j no-such-chain',
  'COMMIT',
  '',
].join('\n')

describe('describeRules', () => {
  it('prints tables, chains, references and aligned counters, and what is unused or missing', () => {
    expect(describeRules(text, 'FILE')).toMatchInlineSnapshot(`
      "Warning: iptables-legacy tables present, use iptables-legacy-save to see them

      table nat: 3 chains, 3 rules

        POSTROUTING (policy ACCEPT, 1 packet, 84 bytes)
          #  packets  bytes  rule
          1       12   1008  -m addrtype ! --dst-type LOCAL -j AGENT

        AGENT (1 reference)
          #  packets  bytes  rule
          1        3    252  -d 10.0.0.0/8 -j RETURN
          2        0      0  -j no-such-chain

        LOST (0 references)

        unused: LOST

        missing: AGENT jumps to no-such-chain, which is neither a chain of this table nor a known target (line 8)
      "
    `)
  })

  it('prints JSON with stable fields', () => {
    const description = JSON.parse(describeRules(text, 'FILE', { format: 'json' })) as RulesetDescription
    expect(description.tables[0]).toMatchObject({
      name: 'nat',
      unusedChains: ['LOST'],
      missingChains: [{ chain: 'no-such-chain', from: 'AGENT', line: 8 }],
      chains: [
        { name: 'POSTROUTING', policy: 'ACCEPT', packets: 1, bytes: 84, references: 0 },
        {
          name: 'AGENT',
          policy: null,
          references: 1,
          rules: [{ number: 1, line: 7, packets: 3, target: 'RETURN' }, {}],
        },
        { name: 'LOST' },
      ],
    })
  })

  it('says of a ruleset without tables that it has none', () => {
    expect(describeRules('# Warning: iptables-legacy tables present\n', 'FILE')).toContain('FILE: no tables')
  })
})
