import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytes, echo, ethernet, ipv4, pcap, tcp } from '../packet/testing/build-packet.ts'
import { describePcap } from './describe-pcap.ts'

describe('describePcap', () => {
  let folder: string
  let path: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packetproof-test-'))
    path = join(folder, 'three.pcap')
    const back = { source: '10.244.2.3', destination: '10.244.1.2' }
    await writeFile(
      path,
      pcap([
        ethernet(0x0800, ipv4({ protocol: 1 }, echo('request', 7, 1))),
        ethernet(0x0800, ipv4({ protocol: 1, ...back }, echo('reply', 7, 1))),
        ethernet(0x0806, bytes('0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002')),
        ethernet(0x0800, ipv4({ protocol: 6 }, tcp())),
      ]),
    )
  })
  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  it('prints a table for people', async () => {
    const text = await describePcap(path, { format: 'table' })
    expect(text.replace(path, 'three.pcap')).toMatchInlineSnapshot(`
      "three.pcap: 4 packets, link type 1 EN10MB (Ethernet), from 2023-11-14T22:13:20.000Z during 0.003000 s

      #  TIME      SOURCE            DESTINATION    PROTOCOL  LENGTH  INFO
      1  0.000000  10.244.1.2        10.244.2.3     icmp      47      icmp echo-request id 7 seq 1
      2  0.001000  10.244.2.3        10.244.1.2     icmp      47      icmp echo-reply id 7 seq 1
      3  0.002000  10.0.0.1          10.0.0.2       arp       42      arp request who has 10.0.0.2 tell 10.0.0.1 (arp)
      4  0.003000  10.244.1.2:40000  10.244.2.3:80  tcp       54      tcp S seq 1000 length 0

      PROTOCOL  SOURCE            DESTINATION    FORWARD  REVERSE
      icmp      10.244.1.2        10.244.2.3     1        1
      tcp       10.244.1.2:40000  10.244.2.3:80  1        0
      "
    `)
  })

  it('prints JSON for programs', async () => {
    const description = JSON.parse(await describePcap(path, { format: 'json' })) as Record<string, unknown>
    expect(description).toMatchObject({
      schemaVersion: 1,
      linkType: { number: 1 },
      packetCount: 4,
      durationSeconds: 0.003,
      conversations: [
        { protocol: 'icmp', source: '10.244.1.2', destination: '10.244.2.3', forward: 1, reverse: 1 },
        { protocol: 'tcp', source: '10.244.1.2:40000', destination: '10.244.2.3:80', forward: 1, reverse: 0 },
      ],
    })
    expect((description['packets'] as unknown[])[2]).toEqual({
      index: 3,
      time: 0.002,
      source: '10.0.0.1',
      destination: '10.0.0.2',
      protocol: 'arp',
      length: 42,
      info: 'arp request who has 10.0.0.2 tell 10.0.0.1',
      noise: 'arp',
    })
  })

  it('describes a capture without packets', async () => {
    const empty = join(folder, 'empty.pcap')
    await writeFile(empty, pcap([]))
    expect(await describePcap(empty, { format: 'table' })).toBe(`${empty}: 0 packets, link type 1 EN10MB (Ethernet)\n`)
    expect(JSON.parse(await describePcap(empty, { format: 'json' }))).toMatchObject({ startedAt: null, packets: [] })
  })
})
