/** A netlink message before it has a sequence number; layouts are those of linux/netlink.h and linux/rtnetlink.h. */
export interface NetlinkRequest {
  /** The same as an `ip` command, for error messages. */
  readonly text: string
  readonly type: number
  readonly flags: number
  readonly payload: Buffer
}

/** NLM_F_* flags. */
export const FLAG = { request: 0x1, ack: 0x4, replace: 0x100, exclusive: 0x200, create: 0x400 } as const

const HEADER_BYTES = 16

function align(length: number): number {
  return (length + 3) & ~3
}

/** struct rtattr: host byte order (little endian on every platform that this runs on), padded to four bytes. */
export function attribute(type: number, value: Buffer | string | number): Buffer {
  const data = toBytes(value)
  const bytes = Buffer.alloc(align(4 + data.length))
  bytes.writeUInt16LE(4 + data.length, 0)
  bytes.writeUInt16LE(type, 2)
  data.copy(bytes, 4)
  return bytes
}

export function nested(type: number, ...attributes: readonly Buffer[]): Buffer {
  return attribute(type, Buffer.concat(attributes))
}

function toBytes(value: Buffer | string | number): Buffer {
  if (typeof value === 'string') return Buffer.from(`${value}\0`)
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value)
    return bytes
  }
  return value
}

/** struct nlmsghdr and the payload. */
export function encodeMessage(request: NetlinkRequest, sequence: number, wantAck: boolean): Buffer {
  const bytes = Buffer.alloc(align(HEADER_BYTES + request.payload.length))
  bytes.writeUInt32LE(HEADER_BYTES + request.payload.length, 0)
  bytes.writeUInt16LE(request.type, 4)
  bytes.writeUInt16LE(request.flags | FLAG.request | (wantAck ? FLAG.ack : 0), 6)
  bytes.writeUInt32LE(sequence, 8)
  request.payload.copy(bytes, HEADER_BYTES)
  return bytes
}

/** The kernel's answer to one message: NLMSG_ERROR, with error 0 for an acknowledgement. */
export interface Acknowledgement {
  readonly sequence: number
  readonly errno: number
  /** The extended acknowledgement, when the kernel gives a reason. */
  readonly reason: string | undefined
}

const NLMSG_ERROR = 2
const FLAG_CAPPED = 0x100
const FLAG_ACK_TLVS = 0x200
const ATTRIBUTE_MESSAGE = 1

export function decodeAcknowledgements(bytes: Buffer): Acknowledgement[] {
  const answers: Acknowledgement[] = []
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const length = bytes.readUInt32LE(at)
    if (length < HEADER_BYTES) break
    if (bytes.readUInt16LE(at + 4) === NLMSG_ERROR) {
      const flags = bytes.readUInt16LE(at + 6)
      answers.push({
        sequence: bytes.readUInt32LE(at + 8),
        errno: -bytes.readInt32LE(at + HEADER_BYTES),
        reason: (flags & FLAG_ACK_TLVS) === 0 ? undefined : readReason(bytes.subarray(at, at + length), flags),
      })
    }
    at += align(length)
  }
  return answers
}

function readReason(message: Buffer, flags: number): string | undefined {
  const quotedLength = message.readUInt32LE(HEADER_BYTES + 4)
  let at = HEADER_BYTES + 4 + ((flags & FLAG_CAPPED) === 0 ? align(quotedLength) : HEADER_BYTES)
  while (at + 4 <= message.length) {
    const length = message.readUInt16LE(at)
    if (length < 4) return undefined
    if (message.readUInt16LE(at + 2) === ATTRIBUTE_MESSAGE) return message.toString('utf8', at + 4, at + length - 1)
    at += align(length)
  }
  return undefined
}
