import { describe, expect, it } from 'vitest'
import { deltaOf } from './delta.ts'
import { diffRules } from './diff-rules.ts'
import type { Ruleset } from './model.ts'
import { parseRuleset } from './parse-ruleset.ts'

function ruleset(rules: readonly string[], policy = '[10:1000]'): Ruleset {
  return parseRuleset(
    ['*nat', `:OUTPUT ACCEPT ${policy}`, ':A - [0:0]', ':B - [0:0]', ...rules, 'COMMIT', ''].join('\n'),
  )
}

describe('deltaOf', () => {
  it('counts by what a rule means, not by how it is written', () => {
    const before = ruleset(['[1:84] -A A -s 10.0.0.1/32 -m comment --comment "x y" -j ACCEPT'])
    const after = ruleset(['[3:252] -A A -m comment --comment "x y" -s 10.0.0.1 -j ACCEPT'], '[12:1100]')
    expect(deltaOf(before, after)).toMatchObject({
      rules: [{ change: 'same', packets: 2, bytes: 168 }],
      policies: [{ chain: 'OUTPUT', packets: 2, bytes: 100 }],
      voids: [],
    })
  })

  it('pairs duplicates in their order', () => {
    const before = ruleset(['[1:1] -A A -j B', '[5:5] -A A -j B'])
    const after = ruleset(['[2:2] -A A -j B', '[9:9] -A A -j B'])
    expect(deltaOf(before, after).rules.map(({ packets }) => packets)).toEqual([1, 4])
  })

  it('gives no numbers for a chain in which a counter fell, and numbers for the others', () => {
    const before = ruleset(['[4:4] -A A -j B', '[1:1] -A A -j RETURN', '[7:7] -A B -j RETURN'])
    const after = ruleset(['[0:0] -A A -j B', '[2:2] -A A -j RETURN', '[8:8] -A B -j RETURN'])
    const delta = deltaOf(before, after)
    expect(delta.rules.map(({ packets }) => packets)).toEqual([undefined, undefined, 1])
    expect(delta.voids).toEqual([
      { table: 'nat', chain: 'A', reason: expect.stringContaining('fell from [4:4] to [0:0]') as string },
    ])
  })

  it.each([
    ['added', ['[4:4] -A A -j B', '[0:0] -A A -j DROP', '[1:1] -A A -j RETURN'], 'added'],
    ['removed', ['[4:4] -A A -j B'], 'removed'],
    ['moved', ['[1:1] -A A -j RETURN', '[4:4] -A A -j B'], 'moved'],
  ] as const)('voids a chain with a rule that was %s', (_, now, list) => {
    const delta = deltaOf(ruleset(['[4:4] -A A -j B', '[1:1] -A A -j RETURN']), ruleset(now))
    expect(delta[list]).toHaveLength(1)
    expect(delta.voids[0]?.reason).toContain(`1 ${list}`)
  })

  it('does not call a rule moved because one was put before it', () => {
    const delta = deltaOf(ruleset(['[1:1] -A A -j B']), ruleset(['[0:0] -A A -j DROP', '[1:1] -A A -j B']))
    expect([delta.added.length, delta.moved.length]).toEqual([1, 0])
  })

  it('voids a listing without counters, a new chain, and a lost one', () => {
    const plain = ruleset(['-A A -j B'])
    expect(deltaOf(plain, plain).voids[0]?.reason).toContain('-c')
    const other = parseRuleset('*nat\n:OUTPUT DROP [10:1000]\n:C - [0:0]\nCOMMIT\n')
    expect(deltaOf(ruleset([]), other).voids.map(({ chain, reason }) => [chain, reason])).toEqual([
      ['C', 'the chain was made in between'],
      ['A', 'the chain was deleted in between'],
      ['B', 'the chain was deleted in between'],
    ])
  })

  it('voids a policy that fell or changed, not the rules of its chain', () => {
    const before = ruleset(['[1:1] -A OUTPUT -j B'])
    const fell = deltaOf(before, ruleset(['[2:2] -A OUTPUT -j B'], '[0:0]'))
    expect(fell).toMatchObject({ voids: [], rules: [{ packets: 1 }] })
    expect(fell.policies[0]?.void).toBe('the policy counter fell from [10:1000] to [0:0]')
    const changed = parseRuleset('*nat\n:OUTPUT DROP [10:1000]\nCOMMIT\n')
    expect(deltaOf(ruleset([]), changed).policies[0]?.void).toBe('the policy changed from ACCEPT to DROP')
  })
})

describe('diffRules', () => {
  it('ignores counters and spelling', () => {
    expect(diffRules(ruleset(['[1:1] -A A -p tcp -j B']), ruleset(['[9:9] -A A -p 6 -j B'], '[0:0]'))).toEqual([])
  })

  it('names what only one has, and what moved', () => {
    const first = ruleset(['-A A -j B', '-A A -s 10.0.0.1 -j B', '-A A -j RETURN'])
    const second = ruleset(['-A A -j RETURN', '-A A -j B', '-A A -s 10.0.0.2 -j B'])
    const [diff] = diffRules(first, second)
    expect(diff?.onlyFirst.map(({ spec }) => spec)).toEqual(['-s 10.0.0.1 -j B'])
    expect(diff?.onlySecond.map(({ spec }) => spec)).toEqual(['-s 10.0.0.2 -j B'])
    expect(diff?.moved).toHaveLength(1)
    expect(diffRules(first, second, (_, chain) => chain === 'B')).toEqual([])
  })
})
