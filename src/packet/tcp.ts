import { uint16, uint32 } from './address-text.ts'
import type { LayersDraft } from './draft.ts'
import type { TcpFlags } from './types.ts'

const OPTION_END = 0
const OPTION_NOP = 1
const OPTION_MSS = 2

/** One object per combination, made once: flags are read far more often than they differ. */
const FLAGS: readonly TcpFlags[] = Array.from({ length: 256 }, (_, bits) => flagsOf(bits))
const NO_FLAGS = FLAGS[0] as TcpFlags

/** RFC 9293 §3.1. Of a header that is cut after the ports, the ports are kept. */
export function decodeTcp(draft: LayersDraft, at: number, end: number, wireEnd: number): void {
  const { data } = draft
  const available = end - at
  if (available < 20) {
    draft.endsEarly('the TCP header', wireEnd > end)
    if (available < 4) return
    draft.tcp = {
      sourcePort: uint16(data, at),
      destinationPort: uint16(data, at + 2),
      sequence: available >= 8 ? uint32(data, at + 4) : 0,
      acknowledgment: available >= 12 ? uint32(data, at + 8) : 0,
      flags: available >= 14 ? (FLAGS[data[at + 13] as number] as TcpFlags) : NO_FLAGS,
      window: 0,
      headerLength: 0,
      mss: undefined,
      partial: true,
    }
    return draft.setPayload(end, end, Math.max(end, wireEnd))
  }
  const headerLength = ((data[at + 12] as number) >> 4) * 4
  const bits = data[at + 13] as number
  const headerEnd = Math.min(end, at + headerLength)
  draft.tcp = {
    sourcePort: uint16(data, at),
    destinationPort: uint16(data, at + 2),
    sequence: uint32(data, at + 4),
    acknowledgment: uint32(data, at + 8),
    flags: FLAGS[bits] as TcpFlags,
    window: uint16(data, at + 14),
    headerLength,
    // RFC 9293 §3.7.1: the option is sent in SYN segments only.
    mss: headerLength > 20 && (bits & 2) !== 0 ? readMss(data, at + 20, headerEnd) : undefined,
    partial: false,
  }
  if (headerLength < 20) draft.fault(`the TCP header length is ${headerLength}`)
  else if (at + headerLength > end) draft.endsEarly('the TCP options', wireEnd > end)
  const payloadAt = at + Math.max(20, headerLength)
  draft.setPayload(payloadAt, end, wireEnd)
}

function readMss(data: Buffer, start: number, end: number): number | undefined {
  for (let at = start; at < end; ) {
    const kind = data[at]
    if (kind === OPTION_END) return undefined
    if (kind === OPTION_NOP) {
      at += 1
      continue
    }
    const length = at + 1 < end ? (data[at + 1] as number) : 0
    if (length < 2 || at + length > end) return undefined
    if (kind === OPTION_MSS) return length === 4 ? uint16(data, at + 2) : undefined
    at += length
  }
  return undefined
}

function flagsOf(bits: number): TcpFlags {
  const [fin, syn, rst, psh, ack, urg, ece, cwr] = [1, 2, 4, 8, 16, 32, 64, 128].map((bit) => (bits & bit) !== 0) as [
    boolean,
    boolean,
    boolean,
    boolean,
    boolean,
    boolean,
    boolean,
    boolean,
  ]
  // tcpdump's letters and their order.
  const letters = [fin && 'F', syn && 'S', rst && 'R', psh && 'P', ack && '.', urg && 'U', ece && 'E', cwr && 'W']
  const text = letters.filter((letter) => letter !== false).join('')
  return Object.freeze({ fin, syn, rst, psh, ack, urg, ece, cwr, text: text === '' ? 'none' : text })
}
