import { describe, expect, it } from 'vitest'
import { parseConntrack } from './conntrack.ts'

describe('parseConntrack', () => {
  it('reads a TCP entry whose source was translated', () => {
    const [entry] = parseConntrack(
      'ipv4     2 tcp      6 431999 ESTABLISHED src=10.244.1.2 dst=8.8.8.8 sport=40000 dport=53 src=8.8.8.8 dst=172.18.0.3 sport=53 dport=61234 [ASSURED] mark=7 secctx=null zone=3 use=1\n',
    )
    expect(entry).toMatchObject({
      event: undefined,
      family: 4,
      protocolName: 'tcp',
      protocol: 6,
      timeoutSeconds: 431_999,
      state: 'ESTABLISHED',
      original: { source: '10.244.1.2', destination: '8.8.8.8', sourcePort: 40_000, destinationPort: 53 },
      reply: { source: '8.8.8.8', destination: '172.18.0.3', sourcePort: 53, destinationPort: 61_234 },
      flags: ['ASSURED'],
      mark: 7,
      zone: 3,
      other: { secctx: 'null', use: '1' },
    })
  })

  it('reads ICMP with accounting and a connection id', () => {
    const [entry] = parseConntrack(
      'icmp     1 29 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=17 packets=2 bytes=168 [UNREPLIED] src=10.0.0.2 dst=10.0.0.9 type=0 code=0 id=52011 packets=0 bytes=0 mark=0 use=1 id=3391201',
    )
    expect(entry).toMatchObject({
      timeoutSeconds: 29,
      state: undefined,
      original: { icmp: { type: 8, code: 0, id: 17 }, packets: 2, bytes: 168 },
      reply: { destination: '10.0.0.9', icmp: { type: 0, code: 0, id: 52_011 } },
      flags: ['UNREPLIED'],
      other: { id: '3391201' },
    })
  })

  it('reads events, with or without time and timeout', () => {
    const entries = parseConntrack(
      [
        '[1700000000.123456]\t    [NEW] ipv4     2 udp      17 30 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1',
        ' [UPDATE] tcp      6 60 SYN_RECV src=fd00::1 dst=fd00::2 sport=1 dport=2 src=fd00::2 dst=fd00::1 sport=2 dport=1',
        '[DESTROY] ipv4     2 tcp      6 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 [ASSURED] [start=Sat Nov 21 01:00:00 2026] delta-time=2',
      ].join('\n'),
    )
    expect(
      entries.map(({ event, family, timeoutSeconds, state, flags }) => ({
        event,
        family,
        timeoutSeconds,
        state,
        flags,
      })),
    ).toEqual([
      { event: 'NEW', family: 4, timeoutSeconds: 30, state: undefined, flags: ['UNREPLIED'] },
      { event: 'UPDATE', family: 6, timeoutSeconds: 60, state: 'SYN_RECV', flags: [] },
      { event: 'DESTROY', family: 4, timeoutSeconds: undefined, state: undefined, flags: ['ASSURED'] },
    ])
  })

  it('passes over empty lines and the summary', () => {
    expect(parseConntrack('\nconntrack v1.4.7 (conntrack-tools): 0 flow entries have been shown.\n')).toEqual([])
  })

  it.each([
    ['hello', /conntrack line 2: no src= and dst= in it: "hello"/],
    ['tcp 6 9 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2', /expected two src= \(original and reply\), found 1/],
    ['tcp 6 9 src=10.0.0.1 dst=x src=10.0.0.2 dst=10.0.0.1', /dst=x are not two addresses/],
    ['tcp x src=10.0.0.1 dst=10.0.0.2 src=10.0.0.2 dst=10.0.0.1', /expected a protocol name and number/],
    ['tcp 6 9 src=10.0.0.1 dst=10.0.0.2 sport=a src=10.0.0.2 dst=10.0.0.1', /sport=a is not a number/],
  ])('names the line that it cannot read: %s', (line, message) => {
    expect(() => parseConntrack(`\n${line}`)).toThrow(message)
  })
})
