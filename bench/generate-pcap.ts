import { closeSync, openSync, writeSync } from 'node:fs'

const ICMP = 1
const TCP = 6
const UDP = 17
/** A mix as of a test bed: mostly TCP segments, a good part datagrams, some pings. */
const MIX = [TCP, TCP, TCP, TCP, TCP, UDP, UDP, UDP, ICMP, ICMP]
const TRANSPORT_LENGTH = new Map([
  [ICMP, 8],
  [TCP, 20],
  [UDP, 8],
])
const FLUSH_LENGTH = 4 << 20
const FIRST_SECOND = 1_700_000_000

/** Writes a pcap file of Ethernet frames between pods: the same bytes each time. */
export function generatePcap(path: string, packetCount: number): void {
  const file = openSync(path, 'w')
  try {
    writeSync(file, fileHeader())
    let parts: Buffer[] = []
    let length = 0
    for (let index = 0; index < packetCount; index += 1) {
      const packet = buildPacket(index)
      parts.push(packet)
      length += packet.length
      if (length < FLUSH_LENGTH && index < packetCount - 1) continue
      writeSync(file, Buffer.concat(parts))
      parts = []
      length = 0
    }
  } finally {
    closeSync(file)
  }
}

/** Version 2.4, microseconds, Ethernet. */
function fileHeader(): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(262_144, 16)
  header.writeUInt32LE(1, 20)
  return header
}

function buildPacket(index: number): Buffer {
  const protocol = MIX[index % MIX.length] ?? TCP
  const payloadLength = (index * 37) % 97
  const ipLength = 20 + (TRANSPORT_LENGTH.get(protocol) ?? 0) + payloadLength
  const packet = Buffer.alloc(16 + 14 + ipLength, 0x61)
  packet.writeUInt32LE(FIRST_SECOND + Math.trunc(index / 10_000), 0)
  packet.writeUInt32LE((index % 10_000) * 100 + (index % 7), 4)
  packet.writeUInt32LE(14 + ipLength, 8)
  packet.writeUInt32LE(14 + ipLength, 12)
  packet.write('0200000000020200000000010800', 16, 'hex')
  writeIp(packet.subarray(30), index, protocol, ipLength)
  writeTransport(packet.subarray(50), index, protocol)
  return packet
}

function writeIp(ip: Buffer, index: number, protocol: number, length: number): void {
  ip.writeUInt16BE(0x4500, 0)
  ip.writeUInt16BE(length, 2)
  ip.writeUInt16BE(index & 0xffff, 4)
  ip.writeUInt16BE(0x4000, 6)
  ip[8] = 64
  ip[9] = protocol
  ip.writeUInt16BE(0, 10)
  // 10.244.0.0/16 to 10.244.0.0/16, some thousand pairs.
  ip.writeUInt32BE(0x0af4_0000 + ((index * 13) % 1024), 12)
  ip.writeUInt32BE(0x0af4_0400 + ((index * 29) % 2048), 16)
}

function writeTransport(data: Buffer, index: number, protocol: number): void {
  if (protocol === ICMP) {
    data.writeUInt16BE(index % 20 === 8 ? 0x0800 : 0, 0)
    data.writeUInt16BE(0, 2)
    data.writeUInt16BE((index * 13) % 1024, 4)
    data.writeUInt16BE(index & 0xffff, 6)
    return
  }
  // High ports that name no protocol: a dissector of Wireshark's would add to its work, not to ours.
  data.writeUInt16BE(40_000 + ((index * 13) % 1024), 0)
  data.writeUInt16BE(34_000 + ((index * 29) % 64), 2)
  if (protocol === UDP) {
    data.writeUInt16BE(data.length, 4)
    data.writeUInt16BE(0, 6)
    return
  }
  data.writeUInt32BE((index * 1000) >>> 0, 4)
  data.writeUInt32BE((index * 500) >>> 0, 8)
  data.writeUInt16BE(0x5018, 12)
  data.writeUInt16BE(64_240, 14)
  data.writeUInt32BE(0, 16)
}
