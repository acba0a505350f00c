import { expect, it } from 'vitest'
import { classify, noiseOf } from './noise.ts'
import { address, bytes, decode, echo, ethernet, icmp, ipv4, ipv6, tcp, u32, udp } from './testing/build-packet.ts'

const wireguard = (type: number, length: number): Buffer => {
  const data = Buffer.alloc(length)
  data[0] = type
  return ethernet(0x0800, ipv4({ protocol: 17 }, udp(51_820, 51_820, data)))
}
const marker = bytes('0180c2000003 020000000001 88b5 706b70726f6f663a 30313233343536373839616263646566')

it.each([
  ['marker', marker, 1],
  ['marker', marker, 101],
  ['arp', ethernet(0x0806, bytes('0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002')), 1],
  ['neighbor-discovery', ethernet(0x86dd, ipv6({ protocol: 58 }, icmp(136, 0, u32(0), address('fd00::1')))), 1],
  ['router-discovery', ethernet(0x86dd, ipv6({ protocol: 58 }, icmp(133, 0, u32(0)))), 1],
  [
    'multicast-listener',
    ethernet(0x86dd, ipv6({ protocol: 0 }, Buffer.concat([bytes('3a00050200000000'), icmp(143, 0, u32(1))]))),
    1,
  ],
  ['igmp', ethernet(0x0800, ipv4({ protocol: 2 }, Buffer.alloc(8))), 1],
  ['dhcp', ethernet(0x0800, ipv4({ protocol: 17 }, udp(68, 67, Buffer.alloc(240)))), 1],
  ['mdns', ethernet(0x0800, ipv4({ protocol: 17, destination: '224.0.0.251' }, udp(5353, 5353, Buffer.alloc(12)))), 1],
  ['lldp', ethernet(0x88cc, Buffer.alloc(46)), 1],
  ['spanning-tree', Buffer.concat([bytes('0180c2000000 020000000001 0026'), Buffer.alloc(46)]), 1],
  ['wireguard-handshake', wireguard(1, 148), 1],
  ['wireguard-handshake', wireguard(2, 92), 1],
  ['wireguard-keepalive', wireguard(4, 32), 1],
])('names %s', (name, frame, linkType) => {
  expect(noiseOf(decode(frame, { linkType }))).toBe(name)
})

it.each([
  ['a ping', ethernet(0x0800, ipv4({ protocol: 1 }, echo('request', 1, 1)))],
  ['TCP', ethernet(0x0800, ipv4({ protocol: 6 }, tcp()))],
  ['WireGuard data', wireguard(4, 128)],
  ['an unknown EtherType', ethernet(0x9999, Buffer.alloc(46))],
  ['a frame of the marker type without its magic', ethernet(0x88b5, Buffer.alloc(46))],
])('leaves %s unclassified', (_, frame) => {
  const packet = decode(frame)
  expect(classify([packet])).toEqual({ noise: {}, unclassified: [packet] })
})
