import { expect, it } from 'vitest'
import { endOfError, endOfIcmpError } from './attempt.ts'
import { StoppableClock } from './clock.ts'
import { SourcePorts } from './source-ports.ts'

it.each([
  [{ code: 'ECONNREFUSED', message: 'write ECONNREFUSED' }, 'refused'],
  [{ errno: 'ENETUNREACH', message: 'connect: network is unreachable' }, 'rejected'],
  [{ errno: -113, code: 'EHOSTUNREACH', message: 'x' }, 'rejected'],
  [{ errno: 'EPERM', message: 'x' }, 'rejected'],
  [{ code: 'ETIMEDOUT', message: 'x' }, 'timed-out'],
  [{ code: 'EMFILE', message: 'too many open files' }, 'error'],
  [{ message: 'anything' }, 'error'],
])('%j is %s', (error, outcome) => {
  expect(endOfError(error).outcome).toBe(outcome)
})

const portUnreachable = { family: 4, type: 3, code: 3, from: '10.0.0.2' } as const

it('an ICMP error of the host that was asked is a refusal of datagrams, any other a rejection', () => {
  expect(endOfIcmpError(portUnreachable, '10.0.0.2', 'udp').outcome).toBe('refused')
  expect(endOfIcmpError(portUnreachable, '10.0.0.3', 'udp').outcome).toBe('rejected')
  expect(endOfIcmpError(portUnreachable, '10.0.0.2', 'stream').outcome).toBe('rejected')
  expect(endOfIcmpError({ ...portUnreachable, code: 13 }, '10.0.0.2', 'udp')).toMatchObject({
    outcome: 'rejected',
    detail: 'ICMP type 3 code 13 from 10.0.0.2',
  })
  expect(endOfIcmpError({ family: 6, type: 1, code: 4, from: 'fd00::2' }, 'fd00::2', 'udp').outcome).toBe('refused')
})

it('source ports do not repeat, for each address by itself, and stay out of the ranges of others', () => {
  const ports = new SourcePorts()
  const own = Array.from({ length: 28_000 }, () => ports.next('a'))
  expect(new Set(own).size).toBe(28_000)
  expect(Math.min(...own)).toBe(2000)
  expect(Math.max(...own)).toBe(29_999)
  expect(ports.next('b')).toBe(own[0])
})

it('a clock stands still while it is stopped', () => {
  const clock = new StoppableClock()
  clock.stop()
  const stoppedAt = clock.nowMs
  const until = performance.now() + 5
  while (performance.now() < until);
  expect(clock.nowMs).toBe(stoppedAt)
  clock.go()
  expect(clock.isStopped).toBe(false)
})
