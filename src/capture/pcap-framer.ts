import { EventEmitter } from 'node:events'
import { parse } from 'pcap-parser'
import type { Frame } from '../packet/decode-packet.ts'
import { MAX_SNAPLEN, PCAP_HEADER_LENGTH, type PcapHeader, pcapError, readPcapHeader } from './pcap-header.ts'

const PACKET_HEADER_LENGTH = 16

/** A stream that pcap-parser accepts, and that hands over a buffer within the call. */
class ImmediateStream extends EventEmitter {
  pause(): this {
    return this
  }
  resume(): this {
    return this
  }
}

/**
 * Takes a pcap file apart with pcap-parser, chunk by chunk, and checks what that library leaves unchecked.
 *
 * Each chunk goes to a parser of its own, in one buffer that begins with the file's header and what was left of the
 * chunk before. So the parser never joins buffers (it would with the deprecated `new Buffer`, in quadratic time),
 * memory stays bounded by the chunk, and the bytes it consumed are known, which is how a cut file is noticed.
 */
export class PcapFramer {
  /** Known once 24 bytes have been pushed. */
  header: PcapHeader | undefined
  private readonly name: string
  private headerBytes: Buffer = Buffer.alloc(0)
  private rest: Buffer = Buffer.alloc(0)
  /** Where `rest` begins in the file. */
  private offset = 0
  private frameCount = 0

  /** @param name what errors call the file. */
  constructor(name: string) {
    this.name = name
  }

  /**
   * Calls back for every frame that is whole by now; its data is a view of `chunk` or of a copy, never reused.
   * @throws PacketproofError E_PCAP for a header or a packet header that cannot be right.
   */
  push(chunk: Buffer, onFrame: (frame: Frame) => void): void {
    let input = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk])
    if (this.header === undefined) {
      this.rest = input
      if (input.length < PCAP_HEADER_LENGTH) return
      this.header = readPcapHeader(input, this.name)
      this.headerBytes = input.subarray(0, PCAP_HEADER_LENGTH)
      this.offset = PCAP_HEADER_LENGTH
    } else {
      input = Buffer.concat([this.headerBytes, input])
    }
    const consumed = this.parse(input, this.header, onFrame)
    this.rest = input.subarray(consumed)
    this.offset += consumed - PCAP_HEADER_LENGTH
  }

  /**
   * What is wrong with the end of the file, if anything.
   * @throws PacketproofError E_PCAP when not even the header was there.
   */
  end(): { readonly message: string; readonly hint: string } | undefined {
    if (this.header === undefined) this.header = readPcapHeader(this.rest, this.name)
    const left = this.rest.length
    if (left === 0) return undefined
    const where = `${this.name} is truncated: packet ${this.frameCount + 1} begins at byte ${this.offset}`
    const hint = 'stop tcpdump with SIGINT and wait for it to exit before the file is read; use -U'
    if (left < PACKET_HEADER_LENGTH) {
      return { message: `${where}, but only ${left} of its 16 header bytes are there`, hint }
    }
    const captured = this.header.byteOrder === 'little-endian' ? this.rest.readUInt32LE(8) : this.rest.readUInt32BE(8)
    return {
      message: `${where} and says ${captured} captured bytes, but only ${left - PACKET_HEADER_LENGTH} follow its header`,
      hint,
    }
  }

  /** Returns how many bytes of `input` (a file header and packets) were whole. */
  private parse(input: Buffer, header: PcapHeader, onFrame: (frame: Frame) => void): number {
    const stream = new ImmediateStream()
    const parser = parse(stream)
    let consumed = PCAP_HEADER_LENGTH
    let timestampUs = 0
    let originalLength = 0
    parser.on('error', (cause) => {
      throw pcapError(`${this.name}: ${cause.message}`, { cause })
    })
    parser.on('packetHeader', (packet) => {
      if (packet.capturedLength > header.snaplen || packet.capturedLength > MAX_SNAPLEN) {
        const at = this.offset + consumed - PCAP_HEADER_LENGTH
        throw this.absurdLength(at, packet.capturedLength, header)
      }
      timestampUs = packet.timestampSeconds * 1_000_000 + packet.timestampMicroseconds
      originalLength = packet.originalLength
    })
    parser.on('packetData', (data) => {
      consumed += PACKET_HEADER_LENGTH + data.length
      this.frameCount += 1
      onFrame({ index: this.frameCount, timestampUs, originalLength, data })
    })
    stream.emit('data', input)
    return consumed
  }

  private absurdLength(at: number, captured: number, header: PcapHeader): Error {
    const [bound, what] =
      captured > MAX_SNAPLEN ? [MAX_SNAPLEN, 'any packet may have'] : [header.snaplen, "the file's snapshot length"]
    return pcapError(
      `${this.name} is corrupt: packet ${this.frameCount + 1} at byte ${at} says ${captured} captured bytes, ` +
        `more than ${what} (${bound})`,
      { hint: 'what tcpdump -r FILE -w OUT can still read of it becomes a whole file' },
    )
  }
}
