import type { Layers, Packet } from './types.ts'

/** Names by IANA protocol number. */
const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  1: 'icmp',
  2: 'igmp',
  4: 'ipip',
  6: 'tcp',
  17: 'udp',
  41: 'ipv6',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'icmpv6',
  89: 'ospf',
  103: 'pim',
  112: 'vrrp',
  132: 'sctp',
}

export const PROTOCOL_NUMBERS: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(PROTOCOL_NAMES).map(([number, name]) => [name, Number(number)]),
)

/** The name of an IP protocol number, or `ip-proto-N`. */
export function protocolName(protocol: number): string {
  return PROTOCOL_NAMES[protocol] ?? `ip-proto-${protocol}`
}

/** What a packet is, in one word: its transport protocol, `arp`, or its EtherType. */
export function protocolOf(packet: Packet): string {
  if (packet.ip !== undefined) return protocolName(packet.ip.protocol)
  if (packet.arp !== undefined) return 'arp'
  const { etherType, type } = packet.link
  return etherType === undefined ? type : `ethertype-0x${etherType.toString(16).padStart(4, '0')}`
}

/** The ports of TCP, UDP or SCTP. */
export function portsOf(layers: Layers): { readonly source: number; readonly destination: number } | undefined {
  const transport = layers.tcp ?? layers.udp ?? layers.sctp
  return transport && { source: transport.sourcePort, destination: transport.destinationPort }
}
