import { ipv4Text, macText, uint16 } from './address-text.ts'
import type { PacketDraft } from './draft.ts'

const OPERATIONS: Readonly<Record<number, 'request' | 'reply'>> = { 1: 'request', 2: 'reply' }

/** ARP for IPv4 over Ethernet (RFC 826); other kinds stay payload. */
export function decodeArp(packet: PacketDraft, at: number, end: number, wireEnd: number): void {
  const { data } = packet
  if (end - at < 28) {
    packet.endsEarly('the ARP packet', wireEnd > end)
    return packet.setPayload(at, end, wireEnd)
  }
  if (uint16(data, at + 2) !== 0x0800 || data[at + 4] !== 6 || data[at + 5] !== 4) {
    return packet.setPayload(at, end, wireEnd)
  }
  packet.arp = {
    operation: OPERATIONS[uint16(data, at + 6)] ?? 'other',
    senderMac: macText(data, at + 8),
    senderAddress: ipv4Text(data, at + 14),
    targetMac: macText(data, at + 18),
    targetAddress: ipv4Text(data, at + 24),
  }
}
