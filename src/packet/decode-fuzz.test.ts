import { expect, it } from 'vitest'
import { groupFlows } from './flow.ts'
import { natInvariant } from './nat-invariant.ts'
import { classify } from './noise.ts'
import { summarize } from './summarize.ts'
import { address, bytes, decode, echo, ethernet, icmp, ipv4, ipv6, tcp, u32, udp } from './testing/build-packet.ts'
import type { Packet } from './types.ts'

const LINK_TYPES = [0, 1, 12, 14, 101, 108, 113, 228, 229, 276]
const SEEDS: readonly Buffer[] = [
  ethernet(
    0x0800,
    ipv4({ protocol: 6, options: bytes('01010100') }, tcp({ options: bytes('020405b401010402') }, Buffer.alloc(40))),
  ),
  ethernet(0x0800, ipv4({ protocol: 17 }, udp(51820, 51820, Buffer.concat([bytes('01000000'), Buffer.alloc(144)])))),
  ethernet(0x0800, ipv4({ protocol: 1 }, icmp(3, 1, u32(0), ipv4({ protocol: 6 }, tcp()))), [5, 6]),
  ethernet(0x0800, ipv4({ protocol: 1 }, echo('request', 1, 2))),
  ethernet(
    0x86dd,
    ipv6(
      { protocol: 0 },
      Buffer.concat([bytes('2c00000000000000 3a000001 00000009'), icmp(135, 0, u32(0), address('fd00::1'))]),
    ),
  ),
  ethernet(0x0806, bytes('0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002')),
]

/** Deterministic (mulberry32), so that a failure can be repeated. */
function randomSource(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

function useEverything(packet: Packet): string {
  groupFlows([packet])
  classify([packet])
  return `${natInvariant(packet)} ${summarize(packet)} ${JSON.stringify(packet)}`
}

/** The same bytes between two different surroundings must decode alike: else something outside the frame was looked at. */
function decodeTwice(data: Buffer, linkType: number, originalLength: number): string[] {
  return [0x00, 0xff].map((filler) => {
    const surroundings = Buffer.alloc(data.length + 512, filler)
    surroundings.set(data, 256)
    const view = surroundings.subarray(256, 256 + data.length)
    return useEverything(decode(view, { linkType, originalLength, wireguardPorts: 'any' }))
  })
}

it('never throws on, nor reads beyond, any beginning of a packet', () => {
  for (const seed of SEEDS) {
    for (let length = 0; length <= seed.length; length += 1) {
      for (const originalLength of [length, seed.length]) {
        const [first, second] = decodeTwice(seed.subarray(0, length), 1, originalLength)
        expect(first).toBe(second)
      }
    }
  }
})

it('never throws on, nor reads beyond, packets with random bytes changed', () => {
  const random = randomSource(1)
  for (let round = 0; round < 4000; round += 1) {
    const data = Buffer.from(SEEDS[random(SEEDS.length)] ?? Buffer.alloc(0))
    for (let change = 0; change <= random(4); change += 1) data[random(data.length)] = random(256)
    const [first, second] = decodeTwice(data.subarray(0, random(data.length + 1)), 1, random(400))
    expect(first).toBe(second)
  }
})

it('never throws on, nor reads beyond, random bytes of any link type', () => {
  const random = randomSource(2)
  for (let round = 0; round < 4000; round += 1) {
    const data = Buffer.from(Array.from({ length: random(120) }, () => random(256)))
    const [first, second] = decodeTwice(data, LINK_TYPES[random(LINK_TYPES.length)] ?? 1, random(400))
    expect(first).toBe(second)
  }
})
