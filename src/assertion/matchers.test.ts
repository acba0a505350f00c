import { describe, expect, it } from 'vitest'
import type { CaptureResult } from '../capture/capture.ts'
import { CapturedWindow } from '../evidence/captured-window.ts'
import { RulesetWindow } from '../evidence/ruleset-window.ts'
import { decodePacket } from '../packet/decode-packet.ts'
import { parseRuleset } from '../ruleset/parse-ruleset.ts'
import { type MatcherResult, packetproofMatchers } from './matchers.ts'

const state = { isNot: false }
const not = { isNot: true }

/** An IPv4 header and an ICMP echo request, 10.0.0.1 > 10.0.0.2. */
const echo = Buffer.from('4500001c00004000400100000a0000010a0000020800000000010001', 'hex')

function window(complete: boolean): CapturedWindow {
  const packet = decodePacket({ index: 1, timestampUs: 0, originalLength: echo.length, data: echo }, 101)
  const capture: CaptureResult = {
    host: 'node',
    interface: 'eth0',
    filter: undefined,
    packets: [packet],
    markers: [],
    droppedByKernel: complete ? 0 : 3,
    complete,
    problem: complete ? undefined : 'the kernel dropped 3 packets',
    pcap: Buffer.alloc(0),
    startedAtMs: 0,
    stoppedAtMs: 0,
  }
  return new CapturedWindow('E1', capture, new Map())
}

function rules(count: number): ReturnType<typeof parseRuleset> {
  return parseRuleset(`*nat\n:POSTROUTING ACCEPT [0:0]\n[${count}:84] -A POSTROUTING -j MASQUERADE\nCOMMIT\n`)
}

function textOf(result: MatcherResult): string {
  return `${result.pass}\n${result.message()}`
}

describe('toContainPackets', () => {
  it('finds what is there, and shows what is there instead', () => {
    expect(packetproofMatchers.toContainPackets.call(state, window(true), { from: '10.0.0.1' }).pass).toBe(true)
    expect(
      textOf(packetproofMatchers.toContainPackets.call(state, window(true), { to: '10.0.0.2', from: '10.9.9.9' })),
    ).toMatchInlineSnapshot(`
      "false
      expected: at least 1 × (to 10.0.0.2, from 10.9.9.9) at node eth0
      observed: 0 such; seen instead: 1 × echo-request 10.0.0.1 > 10.0.0.2"
    `)
  })

  it('with not, fails on what is there', () => {
    expect(packetproofMatchers.toContainPackets.call(not, window(true), { from: '10.0.0.1' }).pass).toBe(true)
    expect(packetproofMatchers.toContainPackets.call(not, window(true), { from: '10.9.9.9' }).pass).toBe(false)
  })

  it('fails on an incomplete capture, whichever way it is asked', () => {
    expect(packetproofMatchers.toContainPackets.call(state, window(false), { from: '10.0.0.1' }).pass).toBe(false)
    const negative = packetproofMatchers.toContainPackets.call(not, window(false), { from: '10.9.9.9' })
    expect(negative.pass).toBe(true)
    expect(negative.message()).toContain('the kernel dropped 3 packets')
  })
})

describe('toHaveCounted', () => {
  const selector = { table: 'nat', target: 'MASQUERADE' }

  it('compares the growth of the counter', () => {
    const grown = new RulesetWindow('E1', 'node', 4, rules(1), rules(3))
    expect(packetproofMatchers.toHaveCounted.call(state, grown, selector, 2).pass).toBe(true)
    expect(textOf(packetproofMatchers.toHaveCounted.call(state, grown, selector, 1))).toMatchInlineSnapshot(`
      "false
      expected: +1 on node: table nat, target MASQUERADE
      observed: +2"
    `)
  })

  it('fails on a void sample, whichever way it is asked', () => {
    const rewritten = new RulesetWindow('E1', 'node', 4, rules(3), rules(1))
    expect(packetproofMatchers.toHaveCounted.call(state, rewritten, selector, 0).pass).toBe(false)
    expect(packetproofMatchers.toHaveCounted.call(not, rewritten, selector, 0).pass).toBe(true)
  })
})
