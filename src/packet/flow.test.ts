import { expect, it } from 'vitest'
import { groupFlows } from './flow.ts'
import { decode, echo, ethernet, type IpFields, icmp, ipv4, tcp, u32, udp } from './testing/build-packet.ts'
import type { Packet } from './types.ts'

const A = '10.0.0.1'
const B = '10.0.0.2'
const ip = (fields: IpFields, payload: Buffer): Packet => decode(ethernet(0x0800, ipv4(fields, payload)))

it('puts both directions of a connection into one flow, the first packet’s first', () => {
  const syn = ip({ protocol: 6, source: B, destination: A }, tcp())
  const synAck = ip({ protocol: 6, source: A, destination: B }, tcp({ sourcePort: 80, destinationPort: 40_000 }))
  const [flow, ...others] = groupFlows([syn, synAck])
  expect(others).toEqual([])
  expect(flow).toMatchObject({ first: { source: B, sourcePort: 40_000 }, forward: [syn], reverse: [synAck] })
})

it('keeps pings of different ids apart', () => {
  const flows = groupFlows([
    ip({ protocol: 1, source: A, destination: B }, echo('request', 1, 1)),
    ip({ protocol: 1, source: A, destination: B }, echo('request', 2, 1)),
    ip({ protocol: 1, source: B, destination: A }, echo('reply', 1, 1)),
  ])
  expect(flows.map(({ forward, reverse }) => [forward.length, reverse.length])).toEqual([
    [1, 1],
    [1, 0],
  ])
})

it('puts an ICMP error into the flow it is about, against its direction', () => {
  const sent = ip({ protocol: 17, source: A, destination: B }, udp(1, 9, Buffer.alloc(0)))
  const quoted = ipv4({ protocol: 17, source: A, destination: B }, udp(1, 9, Buffer.alloc(0)))
  const error = ip({ protocol: 1, source: '10.0.0.254', destination: A }, icmp(3, 3, u32(0), quoted))
  expect(groupFlows([sent, error])).toMatchObject([{ forward: [sent], reverse: [error] }])
})
