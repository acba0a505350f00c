import { PacketproofError } from '../errors.ts'
import { LINK_TYPES } from '../packet/link.ts'

export const PCAP_HEADER_LENGTH = 24
/** libpcap's own bound (MAXIMUM_SNAPLEN): nobody captures more of one packet. */
export const MAX_SNAPLEN = 262_144

/** The 24 bytes before the first packet. */
export interface PcapHeader {
  readonly byteOrder: 'little-endian' | 'big-endian'
  /** The most bytes of one packet that the file can hold; 262,144 when the file says 0. */
  readonly snaplen: number
  /** A LINKTYPE_ value (https://www.tcpdump.org/linktypes.html). */
  readonly linkType: number
}

interface Foreign {
  readonly magic: string
  readonly what: string
  readonly hint: string
}

const RESAVE = 'save it again as classic pcap: tcpdump -r FILE -w OUT, or editcap -F pcap FILE OUT'

/** What people hand over instead of a classic pcap, by its first bytes. */
const FOREIGN: readonly Foreign[] = [
  { magic: '0a0d0d0a', what: 'a pcapng file', hint: RESAVE },
  {
    magic: 'a1b23c4d',
    what: 'a pcap with nanosecond timestamps',
    hint: 'capture with tcpdump --time-stamp-precision=micro, or convert it: editcap -F pcap FILE OUT',
  },
  {
    magic: '4d3cb2a1',
    what: 'a pcap with nanosecond timestamps',
    hint: 'capture with tcpdump --time-stamp-precision=micro, or convert it: editcap -F pcap FILE OUT',
  },
  { magic: 'a1b2cd34', what: 'a pcap of the modified (Kuznetsov) format', hint: RESAVE },
  { magic: '34cdb2a1', what: 'a pcap of the modified (Kuznetsov) format', hint: RESAVE },
  { magic: '1f8b', what: 'gzip-compressed', hint: 'decompress it first: gunzip FILE' },
  { magic: '28b52ffd', what: 'zstd-compressed', hint: 'decompress it first: unzstd FILE' },
  { magic: 'fd377a58', what: 'xz-compressed', hint: 'decompress it first: unxz FILE' },
  { magic: '736e6f6f', what: 'a snoop capture', hint: 'convert it: editcap -F pcap FILE OUT' },
]

/**
 * Checks the header of a classic pcap file.
 * @param start the file's first bytes, 24 if there are as many.
 * @throws PacketproofError E_PCAP: empty, not a pcap, another format, cut in the header, a version other than 2.4, or
 * a link type whose frames cannot be decoded.
 */
export function readPcapHeader(start: Buffer, name: string): PcapHeader {
  if (start.length === 0) {
    throw pcapError(`${name} is empty (0 bytes): a pcap file without packets still has a 24-byte header`, {
      hint: 'a capture that never started leaves such a file; look at what tcpdump printed',
    })
  }
  const magic = start.toString('hex', 0, Math.min(4, start.length))
  const foreign = FOREIGN.find((format) => magic.startsWith(format.magic))
  if (foreign !== undefined) {
    throw pcapError(
      `${name} is ${foreign.what} (byte 0: ${magic}); expected a classic pcap with microsecond timestamps`,
      {
        hint: foreign.hint,
      },
    )
  }
  const little = magic === 'd4c3b2a1'
  if (!little && magic !== 'a1b2c3d4' && !isStartOfMagic(magic)) {
    throw pcapError(
      `${name} is not a pcap file: byte 0 is ${magic}, expected d4c3b2a1 (little-endian) or a1b2c3d4 (big-endian)`,
      {
        hint: 'expected what tcpdump -w FILE writes; other capture formats can be converted: editcap -F pcap FILE OUT',
      },
    )
  }
  if (start.length < PCAP_HEADER_LENGTH) {
    throw pcapError(`${name} ends at byte ${start.length}, inside the 24-byte file header`, {
      hint: 'the file was cut, or tcpdump is still writing it (use -U)',
    })
  }
  const read16 = (at: number) => (little ? start.readUInt16LE(at) : start.readUInt16BE(at))
  const read32 = (at: number) => (little ? start.readUInt32LE(at) : start.readUInt32BE(at))
  if (read16(4) !== 2 || read16(6) !== 4) {
    throw pcapError(`${name} has pcap version ${read16(4)}.${read16(6)} at byte 4, expected 2.4`, { hint: RESAVE })
  }
  // The upper 6 bits tell about frame check sequences, not about the link type.
  const linkType = read32(20) & 0x03ff_ffff
  if (LINK_TYPES[linkType] === undefined) {
    throw pcapError(`${name} has link type ${linkType} at byte 20, which is not supported`, {
      hint: `supported: ${Object.entries(LINK_TYPES)
        .map(([number, text]) => `${number} ${text}`)
        .join(', ')}`,
    })
  }
  const snaplen = read32(16)
  return {
    byteOrder: little ? 'little-endian' : 'big-endian',
    snaplen: snaplen === 0 ? MAX_SNAPLEN : snaplen,
    linkType,
  }
}

export function pcapError(message: string, options: { hint?: string; cause?: unknown } = {}): PacketproofError {
  return new PacketproofError('E_PCAP', message, options)
}

/** A file of one to three bytes that could still have become a pcap. */
function isStartOfMagic(magic: string): boolean {
  return magic.length < 8 && ('d4c3b2a1'.startsWith(magic) || 'a1b2c3d4'.startsWith(magic))
}
