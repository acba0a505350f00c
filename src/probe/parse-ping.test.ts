import { expect, it } from 'vitest'
import { outcomeOfErrorText } from './outcome.ts'
import { outcomeOfPing, parsePing } from './parse-ping.ts'

const answered = `PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.
64 bytes from 10.0.0.2: icmp_seq=1 ttl=62 time=0.094 ms

--- 10.0.0.2 ping statistics ---
2 packets transmitted, 1 received, 50% packet loss, time 101ms
`
const silent = `PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.

--- 10.0.0.2 ping statistics ---
2 packets transmitted, 0 received, 100% packet loss, time 101ms
`
const rejected = `PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.
From 172.18.0.2 icmp_seq=1 Destination Port Unreachable

--- 10.0.0.2 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms
`
const busyboxPing = `PING 10.0.0.2 (10.0.0.2): 56 data bytes

--- 10.0.0.2 ping statistics ---
3 packets transmitted, 3 packets received, 0% packet loss
`

it('counts one answer of two as an answer, and keeps the loss in the statistics', () => {
  const statistics = parsePing(answered)
  expect(statistics).toEqual({ transmitted: 2, received: 1, errors: [] })
  expect(outcomeOfPing({ transmitted: 2, received: 1, errors: [] })).toEqual({
    outcome: 'ok',
    detail: '1 of 2 answered',
  })
})

it('tells silence from an ICMP error', () => {
  expect(parsePing(silent)).toEqual({ transmitted: 2, received: 0, errors: [] })
  const statistics = parsePing(rejected)
  expect(statistics?.errors).toEqual([{ from: '172.18.0.2', sequence: 1, text: 'Destination Port Unreachable' }])
  expect(statistics && outcomeOfPing(statistics)).toEqual({
    outcome: 'rejected',
    detail: 'Destination Port Unreachable from 172.18.0.2',
  })
  expect(outcomeOfPing({ transmitted: 2, received: 0, errors: [] }).outcome).toBe('timed-out')
})

it("reads busybox' wording", () => {
  expect(parsePing(busyboxPing)).toEqual({ transmitted: 3, received: 3, errors: [] })
})

it('sees no statistics in the output of a ping that could not start', () => {
  expect(parsePing('')).toBeUndefined()
})

it.each([
  ['ping: connect: Network is unreachable', 'rejected'],
  ['ping: connect: Invalid argument', 'rejected'],
  ['nc.openbsd: connect to 127.0.0.1 port 9 (tcp) failed: Connection refused', 'refused'],
  ['nc.openbsd: connect to 10.1.1.1 port 9 (tcp) failed: No route to host', 'rejected'],
  ["wget: can't connect to remote host (10.0.0.2): Connection timed out", 'timed-out'],
])('reads %j as %s', (text, outcome) => {
  expect(outcomeOfErrorText(text)?.outcome).toBe(outcome)
})

it('does not take an unknown error for an answer of the network', () => {
  expect(outcomeOfErrorText('ping: unknown option -- z')).toBeUndefined()
})
