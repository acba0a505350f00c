import { expect, test } from 'vitest'
import { parseRuleset } from '../ruleset/parse-ruleset.ts'
import { everything, ownedPart } from './owned-part.ts'
import { changeLines, rulesetText } from './ruleset-text.ts'

const listing = (...rules: readonly string[]) =>
  parseRuleset(['*nat', ':POSTROUTING ACCEPT [7:420]', ':MINE - [0:0]', ...rules, 'COMMIT', ''].join('\n'), {
    source: 'test',
  })

const first = listing(
  '[1:60] -A POSTROUTING -j MINE',
  '[2:120] -A POSTROUTING -o eth0 -j MASQUERADE',
  '[1:60] -A MINE -j RETURN',
)

test('a ruleset is shown chain by chain, with its counters', () => {
  expect(rulesetText(first, everything).split('\n')).toEqual([
    'table nat',
    '  POSTROUTING (policy ACCEPT, 7 packets, 420 bytes)',
    '      1        1       60  -j MINE',
    '      2        2      120  -o eth0 -j MASQUERADE',
    '  MINE',
    '      1        1       60  -j RETURN',
    '',
  ])
})

test("of a component are shown its chains and what leads to them, and nobody else's rules", () => {
  const text = rulesetText(first, ownedPart(first, { chains: ['MINE'] }))
  expect(text).toContain('-j MINE')
  expect(text).toContain('-j RETURN')
  expect(text).not.toContain('MASQUERADE')
})

test('counted packets, added and removed rules are told', () => {
  const counted = listing(
    '[3:180] -A POSTROUTING -j MINE',
    '[2:120] -A POSTROUTING -o eth0 -j MASQUERADE',
    '[1:60] -A MINE -j RETURN',
  )
  expect(changeLines(first, counted, () => true)).toEqual(['nat POSTROUTING 1  +2 packets +120 bytes  -j MINE'])
  const changed = listing(
    '[1:60] -A POSTROUTING -j MINE',
    '[0:0] -A MINE -d 10.0.0.0/8 -j RETURN',
    '[1:60] -A MINE -j RETURN',
  )
  const lines = changeLines(first, changed, () => true)
  expect(lines).toContainEqual('nat POSTROUTING 2  - removed  -o eth0 -j MASQUERADE')
  expect(lines).toContainEqual('nat MINE 1  + added  -d 10.0.0.0/8 -j RETURN')
})

test('listings that are the same have no changes', () => {
  expect(changeLines(first, first, () => true)).toEqual([])
})
