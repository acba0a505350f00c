import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytes, echo, ethernet, icmp, ipv4, ipv6, pcap, tcp, u16, u32, udp } from '../packet/testing/build-packet.ts'
import type { Packet } from '../packet/types.ts'
import { readPcap } from './read-pcap.ts'

const payload = Buffer.from('some bytes')
const FRAMES: readonly Buffer[] = [
  ethernet(
    0x0800,
    ipv4(
      { protocol: 6, options: bytes('01010100') },
      tcp({ options: bytes('020405b4'), flags: 0x12, acknowledgment: 9 }, payload),
    ),
  ),
  ethernet(0x0800, ipv4({ protocol: 6 }, tcp({ flags: 0x19, acknowledgment: 1, sequence: 0xffffffff }))),
  ethernet(0x0800, ipv4({ protocol: 17 }, udp(4000, 9999, payload)), [100]),
  ethernet(0x0800, ipv4({ protocol: 17, id: 77, fragment: 0x2000 }, udp(4000, 9999, Buffer.alloc(1472), 2008))),
  ethernet(0x0800, ipv4({ protocol: 17, id: 77, fragment: 185 }, Buffer.alloc(520))),
  ethernet(0x0800, ipv4({ protocol: 1 }, echo('request', 7, 1))),
  ethernet(0x0800, ipv4({ protocol: 1 }, echo('reply', 7, 1))),
  ethernet(0x0800, ipv4({ protocol: 1 }, icmp(3, 4, Buffer.concat([u16(0), u16(1420)]), ipv4({ protocol: 6 }, tcp())))),
  ethernet(0x86dd, ipv6({ protocol: 6 }, tcp({}, payload))),
  ethernet(
    0x86dd,
    ipv6({ protocol: 0 }, Buffer.concat([bytes('3c00010400000000 1100010400000000'), udp(5, 6666, payload)])),
  ),
  ethernet(
    0x86dd,
    ipv6({ protocol: 44 }, Buffer.concat([bytes('1100 0001'), u32(9), udp(5, 6666, Buffer.alloc(64), 4000)])),
  ),
  ethernet(0x86dd, ipv6({ protocol: 58 }, icmp(128, 0, Buffer.concat([u16(3), u16(4)]), payload))),
  ethernet(0x86dd, ipv6({ protocol: 58 }, icmp(2, 0, u32(1280), ipv6({ protocol: 17 }, udp(1, 2, payload))))),
  ethernet(
    0x0800,
    ipv4(
      { protocol: 132 },
      Buffer.concat([u16(5000), u16(132), u32(9), u32(0), bytes('0300001000000001 0000ffff00000000')]),
    ),
  ),
]
const FIELDS = [
  'ip.src',
  'ip.dst',
  'ip.ttl',
  'ip.id',
  'ipv6.src',
  'ipv6.dst',
  'ipv6.hlim',
  'tcp.srcport',
  'tcp.dstport',
] as const
const MORE = [
  'tcp.seq_raw',
  'tcp.ack_raw',
  'tcp.len',
  'udp.srcport',
  'udp.dstport',
  'icmp.type',
  'icmp.code',
  'icmp.ident',
  'icmp.seq',
  'icmpv6.type',
] as const

function has(tool: string): boolean {
  return spawnSync(tool, ['--version']).status === 0
}

describe('decoding', () => {
  let folder: string
  let path: string
  let packets: readonly Packet[]
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packetproof-test-'))
    path = join(folder, 'mixed.pcap')
    await writeFile(path, pcap(FRAMES))
    packets = (await readPcap(path)).packets
  })
  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  it('agrees with tshark in every field', ({ skip }) => {
    skip(!has('tshark'), 'tshark is not installed: get the package of that name')
    const fields = [...FIELDS, ...MORE]
    const result = spawnSync(
      'tshark',
      [
        '-r',
        path,
        '-o',
        'ip.defragment:FALSE',
        '-o',
        'ipv6.defragment:FALSE',
        '-T',
        'fields',
        '-E',
        'occurrence=f',
        ...fields.flatMap((field) => ['-e', field]),
      ],
      {
        encoding: 'utf8',
      },
    )
    expect(result.status).toBe(0)
    const theirs = result.stdout
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => line.split('\t'))
    expect(theirs).toHaveLength(FRAMES.length)
    for (const [index, packet] of packets.entries()) {
      const quotes = packet.icmp?.original !== undefined
      // How much of a quoted packet is shown differs between versions.
      const theirFields = theirs[index]?.map((value, at) =>
        quotes && /^(tcp|udp)/.test(fields[at] ?? '') ? '' : value,
      )
      expect(fieldsOf(packet), `packet ${index + 1}`).toEqual(theirFields)
    }
  })

  it('agrees with tcpdump about addresses, ports and TCP flags', () => {
    const result = spawnSync('tcpdump', ['-nn', '-S', '-t', '-r', path], { encoding: 'utf8' })
    const theirs = result.stdout.trimEnd().split('\n')
    expect(theirs).toHaveLength(FRAMES.length)
    for (const [index, packet] of packets.entries()) {
      for (const text of tcpdumpTexts(packet)) expect(theirs[index]).toContain(text)
    }
  })
})

/** What tcpdump's line of the packet must hold. */
function tcpdumpTexts(packet: Packet): string[] {
  const flags = packet.tcp === undefined ? [] : [`Flags [${packet.tcp.flags.text}]`]
  // After extension headers it prints the ports apart from the addresses.
  if (packet.ip !== undefined && packet.ip.extensionHeaders.length > 0) {
    return [
      `${packet.ip.source} > ${packet.ip.destination}: `,
      `${packet.udp?.sourcePort} > ${packet.udp?.destinationPort}: `,
    ]
  }
  return [`${end(packet, 'source')} > ${end(packet, 'destination')}:`, ...flags]
}

function end(packet: Packet, side: 'source' | 'destination'): string {
  const transport = packet.tcp ?? packet.udp ?? packet.sctp
  const port = side === 'source' ? transport?.sourcePort : transport?.destinationPort
  return `${packet.ip?.[side]}${port === undefined ? '' : `.${port}`}`
}

/** In tshark's order and spelling. */
function fieldsOf({ ip, tcp, udp, icmp, payloadLength }: Packet): string[] {
  const v4 = ip?.version === 4 ? ip : undefined
  const v6 = ip?.version === 6 ? ip : undefined
  const icmp4 = icmp?.version === 4 ? icmp : undefined
  const icmp6 = icmp?.version === 6 ? icmp : undefined
  const id = v4?.id === undefined ? undefined : `0x${v4.id.toString(16).padStart(4, '0')}`
  const addresses = [v4?.source, v4?.destination, v4?.ttl, id, v6?.source, v6?.destination, v6?.ttl]
  const tcps = [tcp?.sourcePort, tcp?.destinationPort, tcp?.sequence, tcp?.acknowledgment, tcp && payloadLength]
  const icmps = [icmp4?.type, icmp4?.code, icmp4?.id, icmp4?.sequence, icmp6?.type]
  const values = [...addresses, ...tcps, udp?.sourcePort, udp?.destinationPort, ...icmps]
  return values.map((value) => (value === undefined ? '' : String(value)))
}
