import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compareListing } from './compare-listing.ts'
import { findTable } from './model.ts'
import { parseListing } from './parse-listing.ts'
import { parseRuleset } from './parse-ruleset.ts'
import { selectRules } from './select-rules.ts'

const testdata = new URL('testdata/', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, testdata), 'utf8')
const listings = readdirSync(testdata).filter((name) => name.endsWith('.listing'))

const documented = `
target     prot opt source               destination
RETURN     all  --  anywhere             169.254.0.0/16       /* ip-masq-agent: cluster-local traffic should not be subject to MASQUERADE */ ADDRTYPE match dst-type !LOCAL
RETURN     all  --  anywhere             10.0.0.0/8           /* ip-masq-agent: local traffic is not subject to MASQUERADE */
MASQUERADE  all  --  anywhere             anywhere             /* ip-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain) */
`

describe('parseListing and compareListing', () => {
  it.each(listings)('finds that %s and iptables-save say the same', (name) => {
    const [ruleset = '', table = ''] = name.split('.')
    const saved = parseRuleset(read(`${ruleset}.nft.save`))
    const listing = parseListing(read(name))
    expect(listing.rows).toHaveLength(selectRules(saved, { table }).length)
    for (const chain of findTable(saved, table)?.chains ?? []) {
      const rows = listing.rows.filter((row) => row.chain === chain.name)
      for (const compared of compareListing(rows, chain.rules))
        expect(compared).toMatchObject({ equal: true, differences: [] })
    }
  })

  it('reads an excerpt without its Chain line and shows what differs from the observed rules', () => {
    const observed = selectRules(parseRuleset(read('masq.legacy.save')), { chain: 'IP-MASQ-AGENT' })
    const compared = compareListing(parseListing(documented).rows, observed)
    expect(
      compared.map(({ documented: row, observed: rule, differences }) => [
        row?.line,
        rule?.index,
        differences.map(({ part }) => part),
      ]),
    ).toEqual([
      [3, 0, ['match addrtype', 'match comment']],
      [4, 1, []],
      [undefined, 2, []],
      [undefined, 3, []],
      [undefined, 4, []],
      [undefined, 5, []],
      [5, 6, ['target options']],
    ])
    expect(compared.map(({ equal }) => equal)).toEqual([false, true, false, false, false, false, false])
  })

  it('reads counters, line numbers, interfaces, prompts, and an ip6tables without opt column', () => {
    const text = [
      '$ iptables -t nat -L A -n -v --line-numbers',
      'Chain A (2 references)',
      'num   pkts bytes target     prot opt in     out     source               destination',
      '1     12K  1024M RETURN     all  --  !eth+   *       0.0.0.0/0            link-local/16',
      '2        3    84            tcp      *      *       ::/0                 fd00::1              tcp dpt:80',
    ].join('\n')
    const { chains, rows } = parseListing(text)
    expect(chains).toEqual([{ name: 'A', references: 2 }])
    expect(rows[0]).toMatchObject({
      number: 1,
      packets: 12_000,
      bytes: 1_024_000_000,
      inInterface: '!eth+',
      chain: 'A',
    })
    expect(rows[1]).toMatchObject({
      number: 2,
      packets: 3,
      protocol: 'tcp',
      destination: 'fd00::1',
      extra: 'tcp dpt:80',
    })
    expect(rows[1]).not.toHaveProperty('target')
  })

  it('keeps what it does not understand as a difference', () => {
    const [rule] = selectRules(parseRuleset('*nat\n:A - [0:0]\n-A A -m future --x 1 -j RETURN\nCOMMIT\n'), {})
    const { rows } = parseListing('RETURN  all  --  anywhere  anywhere  FUTURE match 1')
    expect(compareListing(rows, rule === undefined ? [] : [rule])[0]?.differences.map(({ part }) => part)).toEqual([
      'unknown',
      'match future',
    ])
  })

  it.each([
    ['a line that is no row', 'Chain A (0 references)\nhello world\n', /^listing:2: expected a row/],
    ['nothing at all', '\n', /there is no rule and no chain/],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseListing(text)).toThrow(message)
  })
})
