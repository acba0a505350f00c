import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { traceOf } from './parse-trace.ts'

const read = (name: string): string[] => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8').split('\n')

describe('traceOf', () => {
  it('groups what xtables-monitor prints by packet', () => {
    const traces = traceOf(read('icmp.nft.trace'))
    expect(traces.map(({ id, family, hops }) => [id, family, hops.length])).toEqual([
      ['5c0dcb56', 4, 5],
      ['a8a445c4', 4, 3],
    ])
    expect(traces[0]?.hops[3]).toMatchObject({
      table: 'filter',
      chain: 'FOO',
      kind: 'rule',
      handle: 4,
      verdict: 'RETURN',
      rule: '-A FOO -p icmp -m comment --comment "hi there" -j RETURN',
      packet: { outInterface: 'lo', source: '127.0.0.1', destination: '127.0.0.1' },
    })
  })

  it('shows the packet before and after a translation', () => {
    const [trace, v6] = traceOf(read('redirect.nft.trace'))
    expect(trace?.hops.map(({ table, packet }) => `${table} ${packet.destination}:${packet.destinationPort}`)).toEqual([
      'raw 127.0.0.9:53',
      'raw 127.0.0.9:53',
      'nat 127.0.0.9:53',
      'filter 127.0.0.1:5353',
      'filter 127.0.0.1:5353',
    ])
    expect(trace?.hops[3]).toMatchObject({ verdict: 'GOTO', jumpsTo: 'FOO' })
    expect(v6).toMatchObject({ family: 6, hops: [{ packet: { source: '::1' } }, {}] })
  })

  it('reads the kernel log of the legacy target, across source NAT', () => {
    const fields = 'DST=10.0.0.2 LEN=84 TOS=0x00 PREC=0x00 TTL=63 ID=4711 DF PROTO=ICMP TYPE=8 CODE=0 ID=450 SEQ=1'
    const [trace, ...others] = traceOf([
      `[  12.5] TRACE: nat:POSTROUTING:rule:1 IN= OUT=eth0 SRC=10.244.1.2 ${fields}`,
      'node kernel: something else',
      `Nov 21 node kernel: TRACE: nat:POSTROUTING:policy:2 IN= OUT=eth0 SRC=172.18.0.3 ${fields} MARK=0x4000`,
    ])
    expect(others).toEqual([])
    expect(trace?.hops).toMatchObject([
      { kind: 'rule', ruleNumber: 1, packet: { outInterface: 'eth0', source: '10.244.1.2', protocol: 'ICMP' } },
      { kind: 'policy', ruleNumber: 2, packet: { source: '172.18.0.3', mark: '0x4000' } },
    ])
  })

  it('finds nothing in other text', () => {
    expect(traceOf(['EVENT: nft: NEW table', ''])).toEqual([])
  })
})
