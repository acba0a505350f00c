import type { CaptureResult } from '../capture/capture.ts'
import { noiseOf } from '../packet/noise.ts'
import { protocolOf } from '../packet/protocol.ts'
import { describeTransport, summarize } from '../packet/summarize.ts'
import type { Packet } from '../packet/types.ts'
import type { Evidence } from '../report/model.ts'
import { CapturedWindow, type Highlight } from './captured-window.ts'
import type { EvidenceContext } from './evidence-store.ts'

type PacketRow = Extract<Evidence, { kind: 'capture' }>['rows'][number]

const MAX_ROWS = 200

/** Keeps a capture: the file as it was written, and a table of its packets. */
export function captureEvidence(context: EvidenceContext, title: string, capture: CaptureResult): CapturedWindow {
  const written = context.evidence.writeFile(`${capture.host}-${capture.interface}.pcap`, capture.pcap)
  const marks = new Map<number, Highlight>()
  const { packets, host, filter, droppedByKernel, complete, problem } = capture
  const id = context.evidence.add(() => ({
    kind: 'capture',
    title: `${title}: ${host} ${capture.interface}`,
    host,
    interface: capture.interface,
    filter: filter ?? '',
    ...written,
    packetCount: packets.length,
    droppedByKernel: droppedByKernel ?? 0,
    complete,
    ...(problem !== undefined && { problem }),
    rows: packets.slice(0, MAX_ROWS).map((packet) => rowOf(packet, marks.get(packet.index), context)),
    rowsLeftOut: Math.max(0, packets.length - MAX_ROWS),
  }))
  return new CapturedWindow(id, capture, marks)
}

function rowOf(packet: Packet, mark: Highlight | undefined, context: EvidenceContext): PacketRow {
  const { ip } = packet
  const noise = noiseOf(packet)
  const highlight = mark ?? (noise === undefined ? undefined : 'noise')
  const { interfaceIndex, direction } = packet.link
  return {
    number: packet.index,
    timeMs: context.clockOf(packet.timestampUs / 1000),
    ...(interfaceIndex !== undefined && { interface: `#${interfaceIndex}` }),
    ...(direction !== undefined && { direction }),
    source: ip?.source ?? packet.link.source ?? '',
    destination: ip?.destination ?? packet.link.destination ?? '',
    protocol: protocolOf(packet),
    info: ip === undefined ? summarize(packet) : describeTransport(packet),
    ...(highlight !== undefined && { highlight }),
    ...(noise !== undefined && { note: noise }),
  }
}
