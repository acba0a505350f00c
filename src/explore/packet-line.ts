import { noiseOf } from '../packet/noise.ts'
import { summarize } from '../packet/summarize.ts'
import type { Packet } from '../packet/types.ts'
import type { AddressNames } from './name-hosts.ts'

export interface CapturedPacket {
  readonly host: string
  readonly interface: string
  readonly packet: Packet
}

/** One packet as a line of text: time, place, who to whom, what. */
export function packetLine({ host, interface: device, packet }: CapturedPacket, names: AddressNames): string {
  const who = partiesOf(packet, names)
  const noise = noiseOf(packet)
  return `${timeOf(packet.timestampUs)}  ${host} ${device}  ${who}${summarize(packet)}${noise === undefined ? '' : ` (${noise})`}`
}

/** The same for programs. */
export function packetRecord({ host, interface: device, packet }: CapturedPacket, names: AddressNames): object {
  const { ip, arp } = packet
  const source = ip?.source ?? arp?.senderAddress
  const destination = ip?.destination ?? arp?.targetAddress
  return {
    time: new Date(packet.timestampUs / 1000).toISOString(),
    host,
    interface: device,
    source: source ?? null,
    sourceName: (source && names.get(source)) ?? null,
    destination: destination ?? null,
    destinationName: (destination && names.get(destination)) ?? null,
    length: packet.originalLength,
    summary: summarize(packet),
    noise: noiseOf(packet) ?? null,
  }
}

/** `client → server: `, as far as their addresses are somebody's. */
function partiesOf({ ip, arp }: Packet, names: AddressNames): string {
  const source = names.get(ip?.source ?? arp?.senderAddress ?? '')
  const destination = names.get(ip?.destination ?? arp?.targetAddress ?? '')
  if (source === undefined && destination === undefined) return ''
  return `${source ?? '?'} → ${destination ?? '?'}: `
}

/** Local time of day with microseconds, as tcpdump prints it. */
function timeOf(timestampUs: number): string {
  const date = new Date(Math.floor(timestampUs / 1000))
  const two = (value: number): string => String(value).padStart(2, '0')
  const micros = String(timestampUs % 1_000_000).padStart(6, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${micros}`
}
