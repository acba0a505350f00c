import { macText, uint16, uint32 } from './address-text.ts'
import { decodeArp } from './arp.ts'
import type { PacketDraft } from './draft.ts'
import { decodeIp } from './ip.ts'
import type { DecodeOptions } from './transport.ts'
import type { LinkLayer } from './types.ts'

export type { DecodeOptions } from './transport.ts'

/** LINKTYPE_ values. 12, 14 and 101 are all raw IP: the first two are DLT_RAW of some systems. */
export const LINK_TYPES: Readonly<Record<number, string>> = {
  0: 'NULL (BSD loopback)',
  1: 'EN10MB (Ethernet)',
  12: 'RAW (raw IP)',
  14: 'RAW (raw IP)',
  101: 'RAW (raw IP)',
  108: 'LOOP (OpenBSD loopback)',
  113: 'LINUX_SLL (Linux cooked v1)',
  228: 'IPV4 (raw IPv4)',
  229: 'IPV6 (raw IPv6)',
  276: 'LINUX_SLL2 (Linux cooked v2)',
}

const ETHERTYPE_IPV4 = 0x0800
const ETHERTYPE_ARP = 0x0806
const ETHERTYPE_IPV6 = 0x86dd
/** Smaller values in the EtherType field are an 802.3 length. */
const FIRST_ETHERTYPE = 0x0600
const VLAN_ETHERTYPES: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100])
const PACKET_TYPES = ['to-us', 'broadcast', 'multicast', 'to-other-host', 'from-us'] as const
const MAX_KEPT_LINKS = 4096
const ethernetLinks = new Map<string, LinkLayer>()
const NO_VLANS: readonly number[] = []
/** AF_INET6 differs between the systems that write NULL headers: BSD 24, FreeBSD 28, macOS 30, Linux 10. */
const AF_INET6: ReadonlySet<number> = new Set([10, 24, 28, 30])

/** Fills in `packet.link` and goes on with the network layer. */
export function decodeLink(packet: PacketDraft, linkType: number, wireEnd: number, options: DecodeOptions): void {
  const end = packet.data.length
  switch (linkType) {
    case 1:
      return decodeEthernet(packet, end, wireEnd, options)
    case 113:
      return decodeCooked(packet, 'sll', 16, end, wireEnd, options)
    case 276:
      return decodeCooked(packet, 'sll2', 20, end, wireEnd, options)
    case 12:
    case 14:
    case 101:
    case 228:
    case 229:
      packet.link = headerlessLink('raw')
      return decodeIp(packet, 0, end, wireEnd, options)
    case 0:
    case 108:
      return decodeNull(packet, linkType, end, wireEnd, options)
    default:
      packet.setPayload(0, end, wireEnd)
  }
}

function decodeEthernet(packet: PacketDraft, end: number, wireEnd: number, options: DecodeOptions): void {
  const { data } = packet
  if (end < 14) return cutShort(packet, 'ethernet', 'the Ethernet header', end, wireEnd)
  const [etherType, at, vlans] = skipVlans(packet, uint16(data, 12), 14, end, wireEnd)
  packet.link = ethernetLink(data, at, etherType, vlans)
  decodeNetwork(packet, etherType, at, end, wireEnd, options)
}

/** Equal headers share one object: a million packets of one link have few. */
function ethernetLink(data: Buffer, end: number, etherType: number, vlans: readonly number[]): LinkLayer {
  const key = data.toString('latin1', 0, end)
  const kept = ethernetLinks.get(key)
  if (kept !== undefined) return kept
  const link: LinkLayer = {
    type: 'ethernet',
    source: macText(data, 6),
    destination: macText(data, 0),
    etherType: etherType >= FIRST_ETHERTYPE ? etherType : undefined,
    vlans,
    interfaceIndex: undefined,
    direction: undefined,
    packetType: undefined,
  }
  if (ethernetLinks.size >= MAX_KEPT_LINKS) ethernetLinks.clear()
  ethernetLinks.set(key, link)
  return link
}

/** LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2: the same facts in another order. */
function decodeCooked(
  packet: PacketDraft,
  type: 'sll' | 'sll2',
  headerLength: number,
  end: number,
  wireEnd: number,
  options: DecodeOptions,
): void {
  const { data } = packet
  if (end < headerLength) return cutShort(packet, type, 'the Linux cooked header', end, wireEnd)
  const version2 = type === 'sll2'
  const packetType = version2 ? (data[10] as number) : uint16(data, 0)
  const addressLength = version2 ? (data[11] as number) : uint16(data, 4)
  const protocol = uint16(data, version2 ? 0 : 14)
  const [etherType, at, vlans] = skipVlans(packet, protocol, headerLength, end, wireEnd)
  packet.link = {
    type,
    source: addressLength === 6 ? macText(data, version2 ? 12 : 6) : undefined,
    destination: undefined,
    etherType: etherType >= FIRST_ETHERTYPE ? etherType : undefined,
    vlans,
    interfaceIndex: version2 ? uint32(data, 4) : undefined,
    direction: packetType === 4 ? 'out' : 'in',
    packetType: PACKET_TYPES[packetType],
  }
  decodeNetwork(packet, etherType, at, end, wireEnd, options)
}

/** Four bytes with an address family: in the byte order of the writing machine (0) or of the network (108). */
function decodeNull(packet: PacketDraft, linkType: number, end: number, wireEnd: number, options: DecodeOptions): void {
  if (end < 4) return cutShort(packet, 'null', 'the loopback header', end, wireEnd)
  const big = uint32(packet.data, 0)
  const family = linkType === 0 && big > 0xffff ? packet.data.readUInt32LE(0) : big
  packet.link = headerlessLink('null')
  if (family === 2 || AF_INET6.has(family)) decodeIp(packet, 4, end, wireEnd, options)
  else packet.setPayload(4, end, wireEnd)
}

function skipVlans(
  packet: PacketDraft,
  firstType: number,
  firstAt: number,
  end: number,
  wireEnd: number,
): [etherType: number, at: number, vlans: readonly number[]] {
  if (!VLAN_ETHERTYPES.has(firstType)) return [firstType, firstAt, NO_VLANS]
  const vlans: number[] = []
  let etherType = firstType
  let at = firstAt
  while (VLAN_ETHERTYPES.has(etherType)) {
    if (at + 4 > end) {
      packet.endsEarly('the VLAN tag', wireEnd > end)
      break
    }
    vlans.push(uint16(packet.data, at) & 0x0fff)
    etherType = uint16(packet.data, at + 2)
    at += 4
  }
  return [etherType, at, vlans]
}

function decodeNetwork(
  packet: PacketDraft,
  etherType: number,
  at: number,
  end: number,
  wireEnd: number,
  options: DecodeOptions,
): void {
  if (etherType === ETHERTYPE_IPV4 || etherType === ETHERTYPE_IPV6) decodeIp(packet, at, end, wireEnd, options)
  else if (etherType === ETHERTYPE_ARP) decodeArp(packet, at, end, wireEnd)
  else packet.setPayload(at, end, wireEnd)
}

function cutShort(packet: PacketDraft, type: LinkLayer['type'], what: string, end: number, wireEnd: number): void {
  packet.link = headerlessLink(type)
  packet.endsEarly(what, wireEnd > end)
  packet.setPayload(0, end, wireEnd)
}

function headerlessLink(type: LinkLayer['type']): LinkLayer {
  return {
    type,
    source: undefined,
    destination: undefined,
    etherType: undefined,
    vlans: NO_VLANS,
    interfaceIndex: undefined,
    direction: undefined,
    packetType: undefined,
  }
}
