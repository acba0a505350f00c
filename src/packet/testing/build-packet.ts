import ipaddr from 'ipaddr.js'
import { decodePacket } from '../decode-packet.ts'
import type { DecodeOptions } from '../link.ts'
import type { Packet } from '../types.ts'

const MAC_A = '020000000001'
const MAC_B = '020000000002'

export function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(/\s/g, ''), 'hex')
}

export function u16(value: number): Buffer {
  const out = Buffer.alloc(2)
  out.writeUInt16BE(value)
  return out
}

export function u32(value: number): Buffer {
  const out = Buffer.alloc(4)
  out.writeUInt32BE(value)
  return out
}

export function address(text: string): Buffer {
  return Buffer.from(ipaddr.parse(text).toByteArray())
}

export function ethernet(etherType: number, payload: Buffer, vlans: readonly number[] = []): Buffer {
  const tags = vlans.map((vlan) => Buffer.concat([u16(0x8100), u16(vlan)]))
  return Buffer.concat([bytes(MAC_B), bytes(MAC_A), ...tags, u16(etherType), payload])
}

export interface IpFields {
  readonly source?: string
  readonly destination?: string
  readonly protocol: number
  readonly ttl?: number
  readonly id?: number
  /** The 16 bits of flags and fragment offset. */
  readonly fragment?: number
  readonly options?: Buffer
  readonly totalLength?: number
}

export function ipv4(fields: IpFields, payload: Buffer): Buffer {
  const options = fields.options ?? Buffer.alloc(0)
  const headerLength = 20 + options.length
  const header = Buffer.concat([
    Buffer.from([0x40 | (headerLength / 4), 0]),
    u16(fields.totalLength ?? headerLength + payload.length),
    u16(fields.id ?? 1),
    u16(fields.fragment ?? 0),
    Buffer.from([fields.ttl ?? 64, fields.protocol]),
    u16(0),
    address(fields.source ?? '10.244.1.2'),
    address(fields.destination ?? '10.244.2.3'),
    options,
  ])
  header.writeUInt16BE(checksum(header), 10)
  return Buffer.concat([header, payload])
}

export function ipv6(fields: IpFields, payload: Buffer): Buffer {
  return Buffer.concat([
    bytes('60000000'),
    u16(fields.totalLength ?? payload.length),
    Buffer.from([fields.protocol, fields.ttl ?? 64]),
    address(fields.source ?? 'fd00::1'),
    address(fields.destination ?? 'fd00::2'),
    payload,
  ])
}

export interface TcpFields {
  readonly sourcePort?: number
  readonly destinationPort?: number
  readonly sequence?: number
  readonly acknowledgment?: number
  readonly flags?: number
  readonly options?: Buffer
}

export function tcp(fields: TcpFields = {}, payload: Buffer = Buffer.alloc(0)): Buffer {
  const options = fields.options ?? Buffer.alloc(0)
  return Buffer.concat([
    u16(fields.sourcePort ?? 40_000),
    u16(fields.destinationPort ?? 80),
    u32(fields.sequence ?? 1000),
    u32(fields.acknowledgment ?? 0),
    Buffer.from([((20 + options.length) / 4) << 4, fields.flags ?? 2]),
    u16(64_240),
    u32(0),
    options,
    payload,
  ])
}

export function udp(sourcePort: number, destinationPort: number, payload: Buffer, length = 8 + payload.length): Buffer {
  return Buffer.concat([u16(sourcePort), u16(destinationPort), u16(length), u16(0), payload])
}

export function icmp(type: number, code: number, rest: Buffer, payload: Buffer = Buffer.alloc(0)): Buffer {
  const message = Buffer.concat([Buffer.from([type, code, 0, 0]), rest, payload])
  message.writeUInt16BE(checksum(message), 2)
  return message
}

export function echo(kind: 'request' | 'reply', id: number, sequence: number, payload = Buffer.from('nonce')): Buffer {
  return icmp(kind === 'request' ? 8 : 0, 0, Buffer.concat([u16(id), u16(sequence)]), payload)
}

export interface DecodeFields extends DecodeOptions {
  readonly linkType?: number
  readonly originalLength?: number
  readonly index?: number
  readonly timestampUs?: number
}

export function decode(data: Buffer, fields: DecodeFields = {}): Packet {
  const frame = {
    index: fields.index ?? 1,
    timestampUs: fields.timestampUs ?? 0,
    originalLength: fields.originalLength ?? data.length,
    data,
  }
  return decodePacket(frame, fields.linkType ?? 1, fields)
}

export interface PcapFields {
  readonly linkType?: number
  readonly bigEndian?: boolean
  readonly snaplen?: number
  readonly magic?: number
  readonly version?: readonly [number, number]
  /** The captured length that packet headers claim; default: the truth. */
  readonly capturedLength?: number
}

/** A classic pcap file; packets one millisecond apart. */
export function pcap(frames: readonly Buffer[], fields: PcapFields = {}): Buffer {
  const big = fields.bigEndian ?? false
  const write = (size: 2 | 4, value: number): Buffer => {
    const out = Buffer.alloc(size)
    if (big) out.writeUIntBE(value, 0, size)
    else out.writeUIntLE(value, 0, size)
    return out
  }
  const [major, minor] = fields.version ?? [2, 4]
  const header = [
    write(4, fields.magic ?? 0xa1b2c3d4),
    write(2, major),
    write(2, minor),
    write(4, 0),
    write(4, 0),
    write(4, fields.snaplen ?? 262_144),
    write(4, fields.linkType ?? 1),
  ]
  const packets = frames.flatMap((frame, index) => [
    write(4, 1_700_000_000),
    write(4, index * 1000),
    write(4, fields.capturedLength ?? frame.length),
    write(4, frame.length),
    frame,
  ])
  return Buffer.concat([...header, ...packets])
}

/** RFC 1071. */
function checksum(data: Buffer): number {
  let sum = 0
  for (let at = 0; at < data.length; at += 2) sum += ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16)
  return ~sum & 0xffff
}
