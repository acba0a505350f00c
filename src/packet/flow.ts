import { portsOf } from './protocol.ts'
import type { Layers, Packet } from './types.ts'

/** The addresses of one packet, as it was seen. */
export interface Tuple {
  /** IANA protocol number. */
  readonly protocol: number
  readonly source: string
  readonly destination: string
  /** Of TCP, UDP and SCTP. */
  readonly sourcePort: number | undefined
  readonly destinationPort: number | undefined
  /** Of ICMP echo. */
  readonly icmpId: number | undefined
}

/** A conversation between two endpoints, in both directions. */
export interface Flow {
  readonly key: string
  /** The tuple of the first packet seen: `forward` is its direction. */
  readonly first: Tuple
  readonly forward: readonly Packet[]
  readonly reverse: readonly Packet[]
}

/** Undefined for packets that are not IP. A later fragment has no ports. */
export function tupleOf(layers: Layers): Tuple | undefined {
  if (layers.ip === undefined) return undefined
  const ports = portsOf(layers)
  return {
    protocol: layers.ip.protocol,
    source: layers.ip.source,
    destination: layers.ip.destination,
    sourcePort: ports?.source,
    destinationPort: ports?.destination,
    icmpId: layers.icmp?.id,
  }
}

/** One text for both directions of a flow. An ICMP error has the flow of the packet it quotes. */
export function flowKey(layers: Layers): string | undefined {
  const about = layers.icmp?.original ?? layers
  const tuple = tupleOf(about)
  if (tuple === undefined) return undefined
  const ends = [endpointText(tuple.source, tuple.sourcePort), endpointText(tuple.destination, tuple.destinationPort)]
  const id = tuple.icmpId === undefined ? '' : ` id ${tuple.icmpId}`
  return `${tuple.protocol} ${ends.sort().join(' ')}${id}`
}

/** Groups packets into flows, in the order of their first packets. Packets that are not IP are left out. */
export function groupFlows(packets: Iterable<Packet>): readonly Flow[] {
  const flows = new Map<string, { key: string; first: Tuple; forward: Packet[]; reverse: Packet[] }>()
  for (const packet of packets) {
    const key = flowKey(packet)
    const tuple = tupleOf(packet.icmp?.original ?? packet)
    if (key === undefined || tuple === undefined) continue
    let flow = flows.get(key)
    if (flow === undefined) flows.set(key, (flow = { key, first: tuple, forward: [], reverse: [] }))
    const sameTuple = tuple.source === flow.first.source && tuple.sourcePort === flow.first.sourcePort
    // An error travels against the packet it quotes.
    const forward = sameTuple === (packet.icmp?.original === undefined)
    ;(forward ? flow.forward : flow.reverse).push(packet)
  }
  return [...flows.values()]
}

/** `10.0.0.1:80`, `[fd00::1]:80`, or the bare address. */
export function endpointText(address: string, port: number | undefined): string {
  if (port === undefined) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
