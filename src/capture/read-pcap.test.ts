import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { PacketproofError } from '../errors.ts'
import { echo, ethernet, ipv4, pcap, udp } from '../packet/testing/build-packet.ts'
import { decodePcap, eachPacket, readPcap } from './read-pcap.ts'

const PING = ethernet(0x0800, ipv4({ protocol: 1 }, echo('request', 7, 1)))
const DNS = ethernet(0x0800, ipv4({ protocol: 17 }, udp(40_000, 53, Buffer.alloc(30))))

function errorOf(content: Buffer): PacketproofError {
  try {
    decodePcap(content, { name: 'x.pcap' })
  } catch (error) {
    if (error instanceof PacketproofError) return error
    throw error
  }
  throw new Error('it was read')
}

describe('a whole file', () => {
  it.each([false, true])('is read in either byte order (big-endian: %s)', (bigEndian) => {
    const { header, packets, truncated } = decodePcap(pcap([PING, DNS], { bigEndian }))
    expect(header).toEqual({ byteOrder: bigEndian ? 'big-endian' : 'little-endian', snaplen: 262_144, linkType: 1 })
    expect(packets.map((packet) => [packet.index, packet.timestampUs, packet.originalLength])).toEqual([
      [1, 1_700_000_000_000_000, PING.length],
      [2, 1_700_000_000_001_000, DNS.length],
    ])
    expect(packets[1]?.udp?.destinationPort).toBe(53)
    expect(truncated).toBeUndefined()
  })

  it('may hold no packets', () => {
    expect(decodePcap(pcap([])).packets).toEqual([])
  })

  it('may hold a packet of no bytes', () => {
    expect(decodePcap(pcap([Buffer.alloc(0), PING])).packets.map((packet) => packet.capturedLength)).toEqual([
      0,
      PING.length,
    ])
  })

  it('may leave the snapshot length out, and tell of frame check sequences', () => {
    expect(decodePcap(pcap([PING], { snaplen: 0, linkType: 0x5400_0001 })).header).toMatchObject({
      snaplen: 262_144,
      linkType: 1,
    })
  })
})

describe('a file that is not a classic microsecond pcap', () => {
  it.each([
    ['is empty', Buffer.alloc(0), /^x\.pcap is empty \(0 bytes\)/, /never started/],
    ['ends in the file header', pcap([]).subarray(0, 23), /ends at byte 23, inside the 24-byte file header/, /-U/],
    ['ends in the magic number', pcap([]).subarray(0, 2), /ends at byte 2, inside/, /-U/],
    [
      'is text',
      Buffer.from('hello, I am not a capture file'),
      /is not a pcap file: byte 0 is 68656c6c, expected d4c3b2a1/,
      /editcap/,
    ],
    [
      'has nanoseconds',
      pcap([PING], { magic: 0xa1b23c4d }),
      /nanosecond timestamps \(byte 0: 4d3cb2a1\)/,
      /--time-stamp-precision=micro/,
    ],
    [
      'has nanoseconds, big-endian',
      pcap([PING], { magic: 0xa1b23c4d, bigEndian: true }),
      /nanosecond/,
      /editcap -F pcap/,
    ],
    [
      'is pcapng',
      Buffer.concat([Buffer.from('0a0d0d0a', 'hex'), Buffer.alloc(60)]),
      /pcapng/,
      /tcpdump -r FILE -w OUT/,
    ],
    ['is gzip-compressed', Buffer.concat([Buffer.from('1f8b0800', 'hex'), Buffer.alloc(60)]), /gzip/, /gunzip/],
    ['has version 2.5', pcap([PING], { version: [2, 5] }), /pcap version 2\.5 at byte 4, expected 2\.4/, /tcpdump -r/],
    ['has version 3.4', pcap([PING], { version: [3, 4] }), /pcap version 3\.4 at byte 4, expected 2\.4/, /tcpdump -r/],
    ['has an unknown link type', pcap([PING], { linkType: 105 }), /link type 105 at byte 20/, /1 EN10MB/],
  ])('is refused when it %s', (_, content, message, hint) => {
    const error = errorOf(content)
    expect(error.code).toBe('E_PCAP')
    expect(error.message).toMatch(message)
    expect(error.hint).toMatch(hint)
  })
})

describe('a damaged file', () => {
  const whole = pcap([PING, DNS])
  const secondAt = 24 + 16 + PING.length

  it.each([
    [
      'a packet header',
      secondAt + 7,
      `packet 2 begins at byte ${secondAt}, but only 7 of its 16 header bytes are there`,
    ],
    [
      'a packet',
      secondAt + 20,
      `packet 2 begins at byte ${secondAt} and says ${DNS.length} captured bytes, but only 4 follow`,
    ],
  ])('that ends in %s is truncated, and throws or reports', (_, length, message) => {
    const cut = whole.subarray(0, length)
    expect(errorOf(cut).message).toContain(message)
    const { packets, truncated } = decodePcap(cut, { onTruncation: 'report' })
    expect(packets).toHaveLength(1)
    expect(truncated).toContain(message)
  })

  it.each([
    [
      0xffff_ffff,
      262_144,
      /packet 1 at byte 24 says 4294967295 captured bytes, more than any packet may have \(262144\)/,
    ],
    [0x7fff_ffff, 65_535, /says 2147483647 captured bytes/],
    [1000, 500, /says 1000 captured bytes, more than the file's snapshot length \(500\)/],
  ])('with a captured length of %i and a snapshot length of %i is corrupt', (capturedLength, snaplen, message) => {
    const error = errorOf(pcap([PING], { capturedLength, snaplen }))
    expect(error.code).toBe('E_PCAP')
    expect(error.message).toMatch(message)
  })

  it('is told at every length it can be cut to', () => {
    const lengths = Array.from({ length: whole.length + 1 }, (_, length) => length)
    const readable = lengths.filter((length) => refusal(whole.subarray(0, length)) === undefined)
    expect(readable).toEqual([24, secondAt, whole.length])
  })

  it('with any byte changed is read or refused, never more than that', () => {
    const refusals = Array.from(whole).flatMap((_, at) =>
      [0x00, 0x7f, 0xff].map((value) => {
        const changed = Buffer.from(whole)
        changed[at] = value
        return refusal(changed)
      }),
    )
    expect(new Set(refusals)).toEqual(new Set([undefined, 'E_PCAP']))
  })
})

/** The code of the error that the content is refused with; undefined when it is read. */
function refusal(content: Buffer): unknown {
  try {
    decodePcap(content)
    return undefined
  } catch (error) {
    return error instanceof PacketproofError ? error.code : error
  }
}

describe('files on disk', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packetproof-test-'))
  })
  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  it('are read packet by packet across chunk boundaries, as in one piece', async () => {
    const path = join(folder, 'large.pcap')
    const frames = Array.from({ length: 4000 }, (_, index) =>
      ethernet(0x0800, ipv4({ protocol: 17, id: index }, udp(1, 2, Buffer.alloc((index * 7) % 3000, index)))),
    )
    await writeFile(path, pcap(frames))
    const seen: string[] = []
    await eachPacket(path, (packet) => seen.push(`${packet.index} ${packet.ip?.id} ${packet.payload.length}`))
    const { packets } = await readPcap(path)
    expect(packets).toHaveLength(4000)
    expect(packets.every((packet, index) => packet.data.equals(frames[index] ?? Buffer.alloc(0)))).toBe(true)
    expect(seen).toEqual(packets.map((packet) => `${packet.index} ${packet.ip?.id} ${packet.payload.length}`))
  })

  it('are named when they cannot be read', async () => {
    const path = join(folder, 'missing.pcap')
    await expect(readPcap(path)).rejects.toMatchObject({ code: 'E_PCAP', message: expect.stringContaining(path) })
    await expect(eachPacket(path, () => undefined)).rejects.toMatchObject({ code: 'E_PCAP' })
  })

  it('never warn about a deprecated Buffer', async () => {
    const path = join(folder, 'two-chunks.pcap')
    await writeFile(path, pcap(Array.from({ length: 80 }, () => Buffer.alloc(65_000))))
    const warnings: string[] = []
    const listener = (warning: Error): void => void warnings.push(warning.message)
    process.on('warning', listener)
    onTestFinished(() => void process.off('warning', listener))
    const original = globalThis.Buffer
    const calls: string[] = []
    globalThis.Buffer = new Proxy(original, {
      construct(target, args, newTarget) {
        calls.push('new Buffer')
        return Reflect.construct(target, args, newTarget)
      },
    })
    onTestFinished(() => {
      globalThis.Buffer = original
    })
    await eachPacket(path, () => undefined)
    expect(calls).toEqual([])
    expect(warnings).toEqual([])
  })
})
