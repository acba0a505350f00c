import { endpointText } from './flow.ts'
import { protocolName, protocolOf } from './protocol.ts'
import type { IcmpLayer, Layers, Packet } from './types.ts'

/** One line, much as tcpdump prints it, without the time: `10.0.0.1:40000 > 10.0.0.2:80 tcp S seq 1 length 0`. */
export function summarize(packet: Packet): string {
  const vlans = packet.link.vlans.map((vlan) => `vlan ${vlan} `).join('')
  const note =
    packet.malformed === undefined ? (packet.truncated ? ' [cut by the capture]' : '') : ` [${packet.malformed}]`
  const { arp } = packet
  if (arp !== undefined) {
    const text =
      arp.operation === 'reply'
        ? `arp reply ${arp.senderAddress} is at ${arp.senderMac}`
        : `arp ${arp.operation} who has ${arp.targetAddress} tell ${arp.senderAddress}`
    return `${vlans}${text}${note}`
  }
  if (packet.ip !== undefined) return `${vlans}${addressesText(packet)} ${describeTransport(packet)}${note}`
  const macs = packet.link.destination === undefined ? '' : `${packet.link.source} > ${packet.link.destination} `
  return `${vlans}${macs}${protocolOf(packet)} length ${packet.originalLength}${note}`
}

/** What an IP packet carries, without its addresses. */
export function describeTransport(layers: Layers): string {
  const { ip, tcp, udp, sctp, icmp, wireguard } = layers
  if (ip === undefined) return ''
  const protocol = protocolName(ip.protocol)
  const { fragment } = ip
  const piece =
    fragment === undefined
      ? ''
      : ` fragment id ${fragment.id} offset ${fragment.offset}${fragment.more ? ' more to come' : ' last'}`
  if (tcp !== undefined) {
    const acknowledgment = tcp.flags.ack ? ` ack ${tcp.acknowledgment}` : ''
    return `tcp ${tcp.flags.text} seq ${tcp.sequence}${acknowledgment} length ${layers.payloadLength}${piece}`
  }
  if (wireguard !== undefined) {
    const kind = wireguard.keepalive ? 'keepalive' : wireguard.kind
    return `udp wireguard ${kind} length ${layers.payloadLength}`
  }
  if (udp !== undefined) return `udp length ${layers.payloadLength}${piece}`
  if (sctp !== undefined) return `sctp tag ${sctp.verificationTag} length ${layers.payloadLength}${piece}`
  if (icmp !== undefined) return `${protocol} ${describeIcmp(icmp)}${piece}`
  return `${protocol} length ${layers.payloadLength}${piece}`
}

function describeIcmp(icmp: IcmpLayer): string {
  const name = icmp.kind === 'other' ? `type ${icmp.type}` : icmp.kind
  const parts = [name]
  if (icmp.code !== 0) parts.push(`code ${icmp.code}`)
  if (icmp.id !== undefined) parts.push(`id ${icmp.id} seq ${icmp.sequence}`)
  if (icmp.mtu !== undefined) parts.push(`mtu ${icmp.mtu}`)
  if (icmp.target !== undefined) parts.push(icmp.target)
  if (icmp.original !== undefined) {
    parts.push(`about ${addressesText(icmp.original)} ${describeTransport(icmp.original)}`)
  }
  return parts.join(' ')
}

function addressesText(layers: Layers): string {
  const transport = layers.tcp ?? layers.udp ?? layers.sctp
  const source = endpointText(layers.ip?.source ?? '', transport?.sourcePort)
  return `${source} > ${endpointText(layers.ip?.destination ?? '', transport?.destinationPort)}`
}
