import { endpointText, groupFlows } from '../packet/flow.ts'
import { LINK_TYPES } from '../packet/link.ts'
import { noiseOf } from '../packet/noise.ts'
import { portsOf, protocolName, protocolOf } from '../packet/protocol.ts'
import { describeTransport, summarize } from '../packet/summarize.ts'
import type { Packet } from '../packet/types.ts'
import { decodePcap, type PcapFile, readPcap } from './read-pcap.ts'

/** A packet as listings show it. */
export interface PacketRow {
  readonly index: number
  /** Seconds since the first packet. */
  readonly time: number
  /** With port; empty for what has no addresses. */
  readonly source: string
  readonly destination: string
  readonly protocol: string
  /** Bytes on the wire. */
  readonly length: number
  readonly info: string
  readonly noise: string | null
}

export interface ConversationRow {
  readonly protocol: string
  readonly source: string
  readonly destination: string
  /** Packets in the direction of the first one, and against it. */
  readonly forward: number
  readonly reverse: number
}

/** What `packetproof pcap FILE --format json` prints. Fields are added, never renamed. */
export interface PcapDescription {
  readonly schemaVersion: 1
  readonly file: string
  readonly linkType: { readonly number: number; readonly name: string }
  readonly byteOrder: 'little-endian' | 'big-endian'
  readonly snaplen: number
  readonly packetCount: number
  /** Of the first packet, ISO 8601; null when there is none. */
  readonly startedAt: string | null
  readonly durationSeconds: number
  readonly packets: readonly PacketRow[]
  readonly conversations: readonly ConversationRow[]
}

/**
 * Reads a pcap file and renders what is in it.
 * @throws PacketproofError E_PCAP as `readPcap`.
 */
export async function describePcap(
  path: string,
  options: { readonly format: 'json' | 'table' /** Stands for the file's content. */; readonly content?: Buffer },
): Promise<string> {
  const { content } = options
  const description = toDescription(path, content ? decodePcap(content, { name: path }) : await readPcap(path))
  return options.format === 'json' ? `${JSON.stringify(description, undefined, 2)}\n` : toTable(description)
}

function toDescription(path: string, { header, packets }: PcapFile): PcapDescription {
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  for (const { timestampUs } of packets) {
    first = Math.min(first, timestampUs)
    last = Math.max(last, timestampUs)
  }
  const startUs = packets[0]?.timestampUs ?? 0
  return {
    schemaVersion: 1,
    file: path,
    linkType: { number: header.linkType, name: LINK_TYPES[header.linkType] ?? '' },
    byteOrder: header.byteOrder,
    snaplen: header.snaplen,
    packetCount: packets.length,
    startedAt: packets.length === 0 ? null : new Date(first / 1000).toISOString(),
    durationSeconds: packets.length === 0 ? 0 : (last - first) / 1_000_000,
    packets: packets.map((packet) => toRow(packet, startUs)),
    conversations: groupFlows(packets).map(({ first: tuple, forward, reverse }) => ({
      protocol: protocolName(tuple.protocol),
      source: endpointText(tuple.source, tuple.sourcePort),
      destination: endpointText(tuple.destination, tuple.destinationPort),
      forward: forward.length,
      reverse: reverse.length,
    })),
  }
}

function toRow(packet: Packet, startUs: number): PacketRow {
  const ports = portsOf(packet)
  const { ip, arp, link } = packet
  const end = (address: string | undefined, port: number | undefined): string => endpointText(address ?? '', port)
  return {
    index: packet.index,
    time: (packet.timestampUs - startUs) / 1_000_000,
    source: end(ip?.source ?? arp?.senderAddress ?? link.source, ports?.source),
    destination: end(ip?.destination ?? arp?.targetAddress ?? link.destination, ports?.destination),
    protocol: protocolOf(packet),
    length: packet.originalLength,
    info: ip === undefined ? summarize(packet) : infoOf(packet),
    noise: noiseOf(packet) ?? null,
  }
}

function infoOf(packet: Packet): string {
  const notes = [packet.malformed, packet.truncated ? 'cut by the capture' : undefined].filter(
    (note) => note !== undefined,
  )
  return describeTransport(packet) + notes.map((note) => ` [${note}]`).join('')
}

function toTable(description: PcapDescription): string {
  const { linkType, packetCount, durationSeconds, startedAt } = description
  const head = [
    `${description.file}: ${packetCount} packet${packetCount === 1 ? '' : 's'}, link type ${linkType.number} ${linkType.name}` +
      (startedAt === null ? '' : `, from ${startedAt} during ${durationSeconds.toFixed(6)} s`),
  ]
  const packetTable = columns([
    ['#', 'TIME', 'SOURCE', 'DESTINATION', 'PROTOCOL', 'LENGTH', 'INFO'],
    ...description.packets.map((row) => [
      String(row.index),
      row.time.toFixed(6),
      row.source,
      row.destination,
      row.protocol,
      String(row.length),
      row.noise === null ? row.info : `${row.info} (${row.noise})`,
    ]),
  ])
  const conversationTable = columns([
    ['PROTOCOL', 'SOURCE', 'DESTINATION', 'FORWARD', 'REVERSE'],
    ...description.conversations.map((row) => [
      row.protocol,
      row.source,
      row.destination,
      String(row.forward),
      String(row.reverse),
    ]),
  ])
  const parts = [head]
  if (packetCount > 0) parts.push(packetTable)
  if (description.conversations.length > 0) parts.push(conversationTable)
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
