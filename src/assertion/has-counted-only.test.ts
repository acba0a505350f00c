import { describe, expect, it } from 'vitest'
import { RulesetWindow } from '../evidence/ruleset-window.ts'
import { parseRuleset } from '../ruleset/parse-ruleset.ts'
import { hasCountedOnly } from './has-counted-only.ts'

function rules(first: number, second: number, extra = ''): ReturnType<typeof parseRuleset> {
  return parseRuleset(
    `*nat\n:OUTPUT ACCEPT [0:0]\n:MINE - [0:0]\n[${first}:60] -A OUTPUT -p tcp -m tcp --dport 80 -j MINE\n[${second}:60] -A MINE -s 10.0.0.1/32 -j RETURN\n${extra}COMMIT\n`,
  )
}

const window = (before: ReturnType<typeof rules>, after: ReturnType<typeof rules>): RulesetWindow =>
  new RulesetWindow('E1', 'pod', 4, before, after)

// Written otherwise than iptables-save does.
const jump = { rule: '-A OUTPUT -p tcp --dport 80 -j MINE', packets: 1 }
const stop = { rule: '-A MINE -s 10.0.0.1 -j RETURN', packets: 1 }

describe('hasCountedOnly', () => {
  it('holds when the named rules counted, by what they mean, and no other did', () => {
    expect(hasCountedOnly(window(rules(3, 7), rules(4, 8)), 'nat', [stop, jump])).toMatchObject({ pass: true })
    expect(hasCountedOnly(window(rules(3, 7), rules(3, 7)), 'nat', [])).toMatchObject({ pass: true })
  })

  it('fails when another rule counted, one did not, or one counted otherwise', () => {
    expect(hasCountedOnly(window(rules(3, 7), rules(4, 8)), 'nat', [jump])).toMatchObject({
      pass: false,
      observed: '+1 -A OUTPUT -p tcp -m tcp --dport 80 -j MINE\n+1 -A MINE -s 10.0.0.1/32 -j RETURN',
    })
    expect(hasCountedOnly(window(rules(3, 7), rules(4, 7)), 'nat', [jump, stop]).pass).toBe(false)
    expect(hasCountedOnly(window(rules(3, 7), rules(5, 8)), 'nat', [jump, stop]).pass).toBe(false)
  })

  it('says nothing when the table was rewritten in between', () => {
    const rewritten = rules(4, 8, '[0:0] -A MINE -j ACCEPT\n')
    expect(hasCountedOnly(window(rules(3, 7), rewritten), 'nat', [jump, stop])).toMatchObject({
      pass: false,
      problem: expect.stringContaining('MINE') as unknown,
    })
  })
})
