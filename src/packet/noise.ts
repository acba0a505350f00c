import { markerNonce } from './marker.ts'
import type { Packet } from './types.ts'

/** Background traffic that a network makes by itself, by name. */
export type NoiseName =
  | 'marker'
  | 'arp'
  | 'neighbor-discovery'
  | 'router-discovery'
  | 'multicast-listener'
  | 'igmp'
  | 'dhcp'
  | 'mdns'
  | 'lldp'
  | 'spanning-tree'
  | 'wireguard-handshake'
  | 'wireguard-keepalive'

const ICMPV6_NOISE: Readonly<Record<string, NoiseName>> = {
  'neighbor-solicitation': 'neighbor-discovery',
  'neighbor-advertisement': 'neighbor-discovery',
  'router-solicitation': 'router-discovery',
  'router-advertisement': 'router-discovery',
  'mld-query': 'multicast-listener',
  'mld-report': 'multicast-listener',
  'mld-done': 'multicast-listener',
  'mldv2-report': 'multicast-listener',
}

const LLDP_ETHERTYPE = 0x88cc
/** The bridge group address (IEEE 802.1D): BPDUs are 802.3 frames to it. */
const SPANNING_TREE_DESTINATION = '01:80:c2:00:00:00'
const IGMP = 2
/** DHCP 67 and 68, DHCPv6 546 and 547. */
const DHCP_PORTS: ReadonlySet<number> = new Set([67, 68, 546, 547])
const MDNS_PORT = 5353
const MDNS_GROUPS: ReadonlySet<string> = new Set(['224.0.0.251', 'ff02::fb'])

/** The name of the background traffic a packet is; undefined for everything that somebody meant to send. */
export function noiseOf(packet: Packet): NoiseName | undefined {
  if (markerNonce(packet) !== undefined) return 'marker'
  if (packet.arp !== undefined) return 'arp'
  if (packet.icmp !== undefined) return packet.icmp.version === 6 ? ICMPV6_NOISE[packet.icmp.kind] : undefined
  if (packet.wireguard !== undefined) {
    if (packet.wireguard.keepalive) return 'wireguard-keepalive'
    return packet.wireguard.kind === 'transport-data' ? undefined : 'wireguard-handshake'
  }
  if (packet.udp !== undefined) {
    const { sourcePort, destinationPort } = packet.udp
    if (DHCP_PORTS.has(sourcePort) && DHCP_PORTS.has(destinationPort)) return 'dhcp'
    return destinationPort === MDNS_PORT && MDNS_GROUPS.has(packet.ip?.destination ?? '') ? 'mdns' : undefined
  }
  if (packet.ip !== undefined) return packet.ip.protocol === IGMP ? 'igmp' : undefined
  if (packet.link.etherType === LLDP_ETHERTYPE) return 'lldp'
  return packet.link.destination === SPANNING_TREE_DESTINATION ? 'spanning-tree' : undefined
}

/** Packets by what they are. */
export interface Classified {
  readonly noise: Readonly<Partial<Record<NoiseName, readonly Packet[]>>>
  /** What no name was found for. */
  readonly unclassified: readonly Packet[]
}

export function classify(packets: Iterable<Packet>): Classified {
  const noise: Partial<Record<NoiseName, Packet[]>> = {}
  const unclassified: Packet[] = []
  for (const packet of packets) {
    const name = noiseOf(packet)
    if (name === undefined) unclassified.push(packet)
    else (noise[name] ??= []).push(packet)
  }
  return { noise, unclassified }
}
