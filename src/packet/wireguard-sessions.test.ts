import { describe, expect, it } from 'vitest'
import { decode, ethernet, ipv4, udp } from './testing/build-packet.ts'
import type { Packet } from './types.ts'
import { findWireguardSessions } from './wireguard-sessions.ts'

const [A, B, C] = ['172.18.0.2', '172.18.0.3', '172.18.0.4']

function message(source: string, destination: string, length: number, fields: readonly number[]): Packet {
  const data = Buffer.alloc(length)
  const [type = 0, ...words] = fields
  data[0] = type
  for (const [at, word] of words.entries()) data.writeUInt32LE(word, 4 + 4 * at)
  return decode(ethernet(0x0800, ipv4({ source, destination, protocol: 17 }, udp(51871, 51871, data))))
}
const initiation = (from: string, to: string, sender: number): Packet => message(from, to, 148, [1, sender])
const response = (from: string, to: string, sender: number, receiver: number): Packet =>
  message(from, to, 92, [2, sender, receiver])
const data = (from: string, to: string, receiver: number, counter: number, length = 128): Packet =>
  message(from, to, length, [4, receiver, counter])

const handshake = [initiation(A, B, 7), response(B, A, 9, 7)]

describe('findWireguardSessions', () => {
  it('gives each direction the index that its receiver chose, with all counters from 0 on', () => {
    const packets = [...handshake, data(A, B, 9, 0), data(B, A, 7, 0), data(A, B, 9, 1), data(A, B, 9, 2, 32)]
    expect(findWireguardSessions(packets)).toMatchObject({
      sessions: [
        {
          initiator: A,
          responder: B,
          toResponder: { receiverIndex: 9, packets: [{}, {}], keepalives: 1, isComplete: true, lastCounter: 2 },
          toInitiator: { receiverIndex: 7, packets: [{}], keepalives: 0, isComplete: true, lastCounter: 0 },
        },
      ],
      unanswered: [],
      foreign: [],
    })
  })

  it.each([
    ['missing', [data(A, B, 9, 0), data(A, B, 9, 2)]],
    ['repeated', [data(A, B, 9, 0), data(A, B, 9, 0)]],
    ['late', [data(A, B, 9, 1)]],
  ])('notices a counter that is %s', (_, packets) => {
    expect(findWireguardSessions([...handshake, ...packets]).sessions[0]?.toResponder.isComplete).toBe(false)
  })

  it.each([
    ['another index', data(A, B, 8, 0)],
    ['the index of the other direction', data(A, B, 7, 0)],
    ['another sender', data(C, B, 9, 0)],
  ])('calls a data message with %s foreign', (_, packet) => {
    const found = findWireguardSessions([...handshake, packet])
    expect(found.foreign).toEqual([packet])
    expect(found.sessions[0]?.toResponder).toMatchObject({ packets: [], lastCounter: undefined })
  })

  it('keeps an initiation that nobody answers, or that somebody else does, apart', () => {
    const found = findWireguardSessions([initiation(A, B, 7), response(C, A, 9, 7), response(B, A, 9, 6)])
    expect(found).toMatchObject({ sessions: [], unanswered: [{}] })
  })

  it('tells two sessions of the same nodes apart', () => {
    const second = [initiation(B, A, 21), response(A, B, 22, 21)]
    const packets = [...handshake, data(A, B, 9, 0), ...second, data(A, B, 21, 0), data(B, A, 22, 0)]
    const { sessions, foreign } = findWireguardSessions(packets)
    expect(sessions.map(({ initiator, toResponder }) => [initiator, toResponder.packets.length])).toEqual([
      [A, 1],
      [B, 1],
    ])
    expect(foreign).toEqual([])
  })
})
