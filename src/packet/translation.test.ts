import { describe, expect, it } from 'vitest'
import { parseConntrack } from './conntrack.ts'
import {
  type DecodeFields,
  decode,
  echo,
  ethernet,
  type IpFields,
  icmp,
  ipv4,
  tcp,
  u32,
  udp,
} from './testing/build-packet.ts'
import { findConntrackEntry, joinTranslations } from './translation.ts'
import type { Packet } from './types.ts'

const POD = '10.244.1.2'
const NODE = '172.18.0.3'
const SERVER = '192.0.2.10'

function seen(fields: IpFields, payload: Buffer, at: DecodeFields = {}): Packet {
  return decode(ethernet(0x0800, ipv4({ destination: SERVER, ...fields }, payload)), at)
}

function point(
  host: string,
  packets: readonly Packet[],
): { host: string; interface: string; packets: readonly Packet[] } {
  return { host, interface: 'eth0', packets }
}

describe('joinTranslations', () => {
  it('follows a ping through source NAT that rewrites its id', () => {
    const before = seen({ protocol: 1, source: POD, id: 9 }, echo('request', 7, 1), { timestampUs: 10, index: 4 })
    const after = seen({ protocol: 1, source: NODE, id: 9, ttl: 63 }, echo('request', 50_123, 1), { timestampUs: 15 })
    const [translation, ...others] = joinTranslations([point('node', [after]), point('pod', [before])])
    expect(others).toEqual([])
    expect(translation?.changed).toEqual(['source', 'icmpId'])
    expect(translation?.points).toMatchObject([
      { host: 'pod', source: POD, icmpId: 7, ttl: 64, packetIndex: 4 },
      { host: 'node', source: NODE, icmpId: 50_123, ttl: 63 },
    ])
  })

  it('follows TCP through destination NAT by its sequence number', () => {
    const before = seen(
      { protocol: 6, source: POD, destination: '10.96.0.1' },
      tcp({ destinationPort: 443, sequence: 5 }),
    )
    const after = seen({ protocol: 6, source: POD, destination: SERVER }, tcp({ destinationPort: 6443, sequence: 5 }))
    const other = seen({ protocol: 6, source: POD, destination: SERVER }, tcp({ destinationPort: 6443, sequence: 6 }))
    const [joined, alone] = joinTranslations([point('pod', [before]), point('server', [after, other])])
    expect(joined?.changed).toEqual(['destination', 'destinationPort'])
    expect(alone?.points).toHaveLength(1)
  })

  it('joins equal packets in the order in which each place saw them', () => {
    const send = (source: string, port: number, timestampUs: number): Packet =>
      seen({ protocol: 17, source }, udp(port, 53, Buffer.from('same')), { timestampUs })
    const joined = joinTranslations([
      point('pod', [send(POD, 1, 0), send(POD, 2, 10)]),
      point('node', [send(NODE, 61, 5), send(NODE, 62, 15)]),
    ])
    expect(joined.map(({ points }) => points.map(({ sourcePort }) => sourcePort))).toEqual([
      [1, 61],
      [2, 62],
    ])
  })

  it('reports nothing changed for a packet that was only routed', () => {
    const at = (ttl: number): Packet => seen({ protocol: 1, source: POD, ttl }, echo('request', 7, 1))
    expect(joinTranslations([point('a', [at(64)]), point('b', [at(63)])])[0]?.changed).toEqual([])
  })

  it('follows fragments and errors', () => {
    const fragment = (source: string): Packet =>
      seen({ protocol: 17, source, id: 5, fragment: 185 }, Buffer.alloc(40, 1))
    const quoted = (source: string): Buffer =>
      ipv4({ protocol: 17, source, destination: SERVER, id: 5 }, udp(1, 9, Buffer.alloc(0)))
    const error = (to: string): Packet =>
      seen({ protocol: 1, source: SERVER, destination: to, id: 6 }, icmp(3, 3, u32(0), quoted(to)))
    const joined = joinTranslations([
      point('a', [fragment(POD), error(NODE)]),
      point('b', [fragment(NODE), error(POD)]),
    ])
    expect(joined.map(({ changed }) => changed)).toEqual([['source'], ['destination']])
  })
})

describe('findConntrackEntry', () => {
  const entries = parseConntrack(
    `tcp 6 9 ESTABLISHED src=${POD} dst=10.9.9.9 sport=1 dport=2 src=10.9.9.9 dst=${POD} sport=2 dport=1
icmp 1 29 src=${POD} dst=${SERVER} type=8 code=0 id=7 src=${SERVER} dst=${NODE} type=0 code=0 id=50123 mark=0 use=1`,
  )
  const request = [
    point('pod', [seen({ protocol: 1, source: POD }, echo('request', 7, 1))]),
    point('node', [seen({ protocol: 1, source: NODE }, echo('request', 50_123, 1), { timestampUs: 1 })]),
  ]
  const reply = [
    point('node', [seen({ protocol: 1, source: SERVER, destination: NODE }, echo('reply', 50_123, 1))]),
    point('pod', [seen({ protocol: 1, source: SERVER, destination: POD }, echo('reply', 7, 1), { timestampUs: 1 })]),
  ]

  it.each([
    ['original', request],
    ['reply', reply],
  ])('finds the entry of a packet of the %s direction', (direction, captures) => {
    const [translation] = joinTranslations(captures)
    expect(translation && findConntrackEntry(translation, entries)).toEqual({ entry: entries[1], direction })
  })

  it('finds none for a packet that another translation made', () => {
    const [translation] = joinTranslations([
      point('pod', [seen({ protocol: 1, source: POD }, echo('request', 7, 1))]),
      point('node', [seen({ protocol: 1, source: '172.18.0.99' }, echo('request', 50_123, 1), { timestampUs: 1 })]),
    ])
    expect(translation && findConntrackEntry(translation, entries)).toBeUndefined()
  })
})
