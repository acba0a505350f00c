import { describe, expect, it } from 'vitest'
import { summarize } from './summarize.ts'
import { address, bytes, decode, echo, ethernet, icmp, ipv4, ipv6, tcp, u16, u32, udp } from './testing/build-packet.ts'

const IP4 = 0x0800
const IP6 = 0x86dd

describe('link layer', () => {
  it('reads Ethernet addresses and the EtherType', () => {
    const packet = decode(ethernet(IP4, ipv4({ protocol: 17 }, udp(1, 2, Buffer.from('x')))))
    expect(packet.link).toMatchObject({
      type: 'ethernet',
      source: '02:00:00:00:00:01',
      destination: '02:00:00:00:00:02',
      etherType: IP4,
      vlans: [],
    })
    expect(packet.udp).toEqual({ sourcePort: 1, destinationPort: 2, length: 9 })
  })

  it('goes through stacked VLAN tags', () => {
    const packet = decode(ethernet(IP4, ipv4({ protocol: 1 }, echo('request', 7, 3)), [100, 0x2005]))
    expect(packet.link.vlans).toEqual([100, 5])
    expect(packet.icmp).toMatchObject({ kind: 'echo-request', id: 7, sequence: 3 })
  })

  it('leaves an 802.3 frame with a length field as payload', () => {
    const packet = decode(ethernet(38, Buffer.alloc(46, 0x42)))
    expect(packet.link.etherType).toBeUndefined()
    expect(packet.payload).toHaveLength(46)
    expect(packet.malformed).toBeUndefined()
  })

  it('reads direction, interface and packet type of a cooked v2 frame', () => {
    const header = bytes('0800 0000 00000007 0001 04 06 020000000009 0000')
    const packet = decode(Buffer.concat([header, ipv4({ protocol: 6 }, tcp())]), { linkType: 276 })
    expect(packet.link).toMatchObject({
      type: 'sll2',
      interfaceIndex: 7,
      direction: 'out',
      packetType: 'from-us',
      source: '02:00:00:00:00:09',
    })
    expect(packet.tcp?.flags.text).toBe('S')
  })

  it('reads direction and packet type of a cooked v1 frame', () => {
    const header = bytes('0001 0001 0006 020000000009 0000 86dd')
    const packet = decode(Buffer.concat([header, ipv6({ protocol: 17 }, udp(5, 6, Buffer.alloc(0)))]), {
      linkType: 113,
    })
    expect(packet.link).toMatchObject({
      type: 'sll',
      direction: 'in',
      packetType: 'broadcast',
      interfaceIndex: undefined,
    })
    expect(packet.udp?.destinationPort).toBe(6)
  })

  it.each([12, 14, 101, 228])('reads raw IPv4 of link type %i', (linkType) => {
    expect(decode(ipv4({ protocol: 6 }, tcp()), { linkType }).tcp?.destinationPort).toBe(80)
  })

  it('reads raw IPv6 of link type 229', () => {
    expect(decode(ipv6({ protocol: 6 }, tcp()), { linkType: 229 }).ip?.source).toBe('fd00::1')
  })

  it.each([
    ['0, little-endian', 0, '02000000'],
    ['0, big-endian', 0, '00000002'],
    ['108', 108, '00000002'],
  ])('reads the loopback header of link type %s', (_, linkType, header) => {
    expect(decode(Buffer.concat([bytes(header), ipv4({ protocol: 6 }, tcp())]), { linkType }).tcp).toBeDefined()
  })

  it('reads ARP', () => {
    const request = bytes('0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002')
    const packet = decode(ethernet(0x0806, request))
    expect(packet.arp).toMatchObject({ operation: 'request', senderAddress: '10.0.0.1', targetAddress: '10.0.0.2' })
    expect(summarize(packet)).toBe('arp request who has 10.0.0.2 tell 10.0.0.1')
  })
})

describe('IPv4', () => {
  it('leaves Ethernet padding out of the payload', () => {
    const frame = ethernet(IP4, ipv4({ protocol: 17 }, udp(1, 2, Buffer.from('hi'))))
    const packet = decode(Buffer.concat([frame, Buffer.alloc(60 - frame.length)]))
    expect(packet.payload.toString()).toBe('hi')
    expect(packet.payloadLength).toBe(2)
  })

  it('skips options', () => {
    const packet = decode(ethernet(IP4, ipv4({ protocol: 6, options: bytes('01010100') }, tcp())))
    expect(packet.ip?.headerLength).toBe(24)
    expect(packet.tcp?.sourcePort).toBe(40_000)
  })

  it('decodes the transport header in a first fragment', () => {
    const packet = decode(
      ethernet(IP4, ipv4({ protocol: 17, id: 77, fragment: 0x2000 }, udp(1, 2, Buffer.alloc(16), 5000))),
    )
    expect(packet.ip?.fragment).toEqual({ id: 77, offset: 0, more: true })
    expect(packet.udp).toEqual({ sourcePort: 1, destinationPort: 2, length: 5000 })
    expect(packet.malformed).toBeUndefined()
  })

  it('decodes no transport header in a later fragment', () => {
    const packet = decode(ethernet(IP4, ipv4({ protocol: 17, id: 77, fragment: 185 }, udp(1, 2, Buffer.alloc(16)))))
    expect(packet.ip?.fragment).toEqual({ id: 77, offset: 1480, more: false })
    expect(packet.udp).toBeUndefined()
    expect(packet.payload).toHaveLength(24)
  })

  it('takes a total length of 0 (segmentation offload) as the whole frame', () => {
    const packet = decode(ethernet(IP4, ipv4({ protocol: 6, totalLength: 0 }, tcp({}, Buffer.alloc(100)))))
    expect(packet.payloadLength).toBe(100)
    expect(packet.malformed).toBeUndefined()
  })

  it('names a header length below 20', () => {
    const ip = ipv4({ protocol: 6 }, tcp())
    ip[0] = 0x43
    const packet = decode(ethernet(IP4, ip))
    expect(packet.malformed).toBe('the IPv4 header length is 12, the total length 40')
    expect(packet.tcp).toBeUndefined()
  })

  it('names a total length beyond the frame', () => {
    const packet = decode(ethernet(IP4, ipv4({ protocol: 6, totalLength: 100 }, tcp())))
    expect(packet.malformed).toBe('the IPv4 packet claims 100 bytes, its frame holds 40')
    expect(packet.tcp?.destinationPort).toBe(80)
  })

  it('goes through an authentication header', () => {
    const ah = Buffer.concat([Buffer.from([6, 4, 0, 0]), Buffer.alloc(20)])
    const packet = decode(ethernet(IP4, ipv4({ protocol: 51 }, Buffer.concat([ah, tcp()]))))
    expect(packet.ip).toMatchObject({ protocol: 6, headerLength: 44, extensionHeaders: [51] })
    expect(packet.tcp?.destinationPort).toBe(80)
  })
})

describe('IPv6', () => {
  it('goes through hop-by-hop, routing and destination options', () => {
    const headers = Buffer.concat([bytes('2b00 000000000000'), bytes('3c00 000000000000'), bytes('0600 000000000000')])
    const packet = decode(ethernet(IP6, ipv6({ protocol: 0 }, Buffer.concat([headers, tcp()]))))
    expect(packet.ip).toMatchObject({ protocol: 6, headerLength: 64, extensionHeaders: [0, 43, 60] })
    expect(packet.tcp?.destinationPort).toBe(80)
  })

  it('decodes a first fragment and not a later one', () => {
    const first = Buffer.concat([bytes('1100 0001'), u32(9), udp(1, 2, Buffer.alloc(8), 4000)])
    const later = Buffer.concat([bytes('1100 0010'), u32(9), Buffer.alloc(16)])
    expect(decode(ethernet(IP6, ipv6({ protocol: 44 }, first)))).toMatchObject({
      ip: { fragment: { id: 9, offset: 0, more: true } },
      udp: { destinationPort: 2 },
    })
    const packet = decode(ethernet(IP6, ipv6({ protocol: 44 }, later)))
    expect(packet.ip?.fragment).toEqual({ id: 9, offset: 16, more: false })
    expect(packet.udp).toBeUndefined()
  })

  it('treats an atomic fragment as a whole packet', () => {
    const packet = decode(
      ethernet(IP6, ipv6({ protocol: 44 }, Buffer.concat([bytes('1100 0000'), u32(9), udp(1, 2, Buffer.alloc(0))]))),
    )
    expect(packet.ip?.fragment).toBeUndefined()
    expect(packet.udp?.sourcePort).toBe(1)
  })

  it('stops at ESP', () => {
    const packet = decode(ethernet(IP6, ipv6({ protocol: 50 }, Buffer.alloc(40, 1))))
    expect(packet.ip?.protocol).toBe(50)
    expect(packet.payload).toHaveLength(40)
  })

  it('reads the target of neighbour solicitations', () => {
    const message = icmp(135, 0, Buffer.alloc(4), address('fd00::9'))
    expect(decode(ethernet(IP6, ipv6({ protocol: 58 }, message))).icmp).toMatchObject({
      kind: 'neighbor-solicitation',
      target: 'fd00::9',
    })
  })

  it('reads a packet-too-big and the packet it is about', () => {
    const inner = ipv6({ protocol: 17, source: 'fd00::2', destination: 'fd00::1' }, udp(53, 4000, Buffer.alloc(30)))
    const packet = decode(ethernet(IP6, ipv6({ protocol: 58 }, icmp(2, 0, u32(1280), inner))))
    expect(packet.icmp).toMatchObject({ kind: 'packet-too-big', mtu: 1280 })
    expect(packet.icmp?.original).toMatchObject({ ip: { source: 'fd00::2' }, udp: { sourcePort: 53 } })
  })
})

describe('transport', () => {
  it('reads TCP flags, numbers and the MSS option', () => {
    const packet = decode(
      ethernet(
        IP4,
        ipv4({ protocol: 6 }, tcp({ flags: 0x12, acknowledgment: 0xffffffff, options: bytes('0101 0101 0204 05b4') })),
      ),
    )
    expect(packet.tcp).toMatchObject({
      sequence: 1000,
      acknowledgment: 4_294_967_295,
      mss: 1460,
      headerLength: 28,
      partial: false,
    })
    expect(packet.tcp?.flags).toMatchObject({ syn: true, ack: true, fin: false, text: 'S.' })
  })

  it('decodes the 8 bytes of TCP that an ICMP error quotes', () => {
    const inner = ipv4({ protocol: 6, totalLength: 60 }, tcp({ sequence: 5 }).subarray(0, 8))
    const packet = decode(ethernet(IP4, ipv4({ protocol: 1 }, icmp(3, 13, u32(0), inner))))
    expect(packet.icmp).toMatchObject({ kind: 'destination-unreachable', code: 13 })
    expect(packet.icmp?.original?.tcp).toMatchObject({
      sourcePort: 40_000,
      destinationPort: 80,
      sequence: 5,
      partial: true,
    })
    expect(packet.malformed).toBeUndefined()
    expect(packet.truncated).toBe(false)
  })

  it('does not follow errors about errors about errors', () => {
    let message = ipv4({ protocol: 6 }, tcp())
    for (let depth = 0; depth < 400; depth += 1) message = ipv4({ protocol: 1 }, icmp(3, 1, u32(0), message))
    const packet = decode(ethernet(IP4, message))
    expect(packet.icmp?.original?.icmp?.kind).toBe('destination-unreachable')
    expect(packet.icmp?.original?.icmp?.original).toBeUndefined()
  })

  it('reads the MTU of fragmentation needed', () => {
    const message = icmp(3, 4, Buffer.concat([u16(0), u16(1420)]), ipv4({ protocol: 17 }, udp(1, 2, Buffer.alloc(0))))
    expect(decode(ethernet(IP4, ipv4({ protocol: 1 }, message))).icmp?.mtu).toBe(1420)
  })

  it('reads the SCTP common header', () => {
    const sctp = Buffer.concat([u16(5000), u16(132), u32(9), u32(0), bytes('01000014')])
    expect(decode(ethernet(IP4, ipv4({ protocol: 132 }, sctp))).sctp).toEqual({
      sourcePort: 5000,
      destinationPort: 132,
      verificationTag: 9,
      firstChunkType: 1,
    })
  })

  it('names a UDP length that the packet does not hold', () => {
    const packet = decode(ethernet(IP4, ipv4({ protocol: 17 }, udp(1, 2, Buffer.alloc(4), 50))))
    expect(packet.malformed).toBe('the UDP length is 50, the packet holds 12')
  })
})

describe('WireGuard', () => {
  const message = (type: number, length: number): Buffer => {
    const data = Buffer.alloc(length)
    data[0] = type
    data.writeUInt32LE(0xabcd, 4)
    data.writeBigUInt64LE(5n, 8)
    return data
  }
  const over = (data: Buffer, port = 51871): Buffer => ethernet(IP4, ipv4({ protocol: 17 }, udp(port, port, data)))

  it.each([
    [1, 148, { kind: 'handshake-initiation', senderIndex: 0xabcd }],
    [2, 92, { kind: 'handshake-response', senderIndex: 0xabcd, receiverIndex: 5 }],
    [3, 64, { kind: 'cookie-reply', receiverIndex: 0xabcd }],
    [4, 32, { kind: 'transport-data', receiverIndex: 0xabcd, counter: 5, keepalive: true }],
    [4, 128, { kind: 'transport-data', counter: 5, keepalive: false }],
    // A full packet of 1420 bytes is not padded: it would not fit.
    [4, 1452, { kind: 'transport-data', counter: 5, keepalive: false }],
  ])('tells message type %i of %i bytes', (type, length, expected) => {
    expect(decode(over(message(type, length))).wireguard).toMatchObject(expected)
  })

  it('looks on other ports only when asked', () => {
    expect(decode(over(message(1, 148), 4000)).wireguard).toBeUndefined()
    expect(decode(over(message(1, 148), 4000), { wireguardPorts: 'any' }).wireguard?.kind).toBe('handshake-initiation')
  })

  it('takes nothing else on its port for WireGuard', () => {
    expect(decode(over(Buffer.from('GET / HTTP/1.1\r\n\r\n'.padEnd(32)))).wireguard).toBeUndefined()
    expect(decode(over(message(1, 147))).wireguard).toBeUndefined()
  })
})

describe('captures that cut packets', () => {
  const frame = ethernet(IP4, ipv4({ protocol: 6 }, tcp({}, Buffer.alloc(200))))

  it.each([
    [10, undefined, undefined],
    [30, undefined, undefined],
    [40, '10.244.1.2', true],
    [60, '10.244.1.2', false],
  ])('decodes what %i bytes hold', (captured, source, partial) => {
    const packet = decode(frame.subarray(0, captured), { originalLength: frame.length })
    expect(packet.truncated).toBe(captured < 54)
    expect(packet.malformed).toBeUndefined()
    expect(packet.ip?.source).toBe(source)
    expect(packet.tcp?.partial).toBe(partial)
  })

  it('tells the payload on the wire from what was kept of it', () => {
    const packet = decode(frame.subarray(0, 96), { originalLength: frame.length })
    expect(packet.payload).toHaveLength(42)
    expect(packet.payloadLength).toBe(200)
  })

  it('calls a short packet malformed when nothing was cut', () => {
    expect(decode(frame.subarray(0, 30)).malformed).toBe('the IPv4 header ends early')
  })
})
