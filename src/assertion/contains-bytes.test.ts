import { describe, expect, it } from 'vitest'
import type { Captured } from '../evidence/captured-window.ts'
import { decode, echo, ethernet, ipv4 } from '../packet/testing/build-packet.ts'
import { addressNeedle, containsBytes, containsNoBytes } from './contains-bytes.ts'

const ping = ethernet(
  0x0800,
  ipv4({ source: '10.0.1.11', destination: '10.0.2.11', protocol: 1 }, echo('request', 1, 1)),
)
const window = (frame: Buffer, more: { originalLength?: number; problem?: string } = {}): Captured => ({
  host: 'worker-1',
  interface: 'eth0',
  packets: [decode(frame, more)],
  problem: more.problem,
})

describe('searching the bytes of a capture', () => {
  it('finds an address in a header, and a word in a payload', () => {
    expect(containsBytes(window(ping), addressNeedle('10.0.2.11')).pass).toBe(true)
    expect(containsNoBytes(window(ping), [addressNeedle('10.0.2.12'), addressNeedle('10.0.1.11')])).toMatchObject({
      pass: false,
      observed: '10.0.1.11 in 1 (first: packet 1)',
    })
    expect(containsBytes(window(ping), { name: 'the word', bytes: Buffer.from('nonce') }).pass).toBe(true)
  })

  it('finds what no decoder looks into', () => {
    const inside = Buffer.concat([
      Buffer.from('ffffffffffff020000000001abcd', 'hex'),
      Buffer.from([1, 10, 0, 1, 11, 9]),
    ])
    expect(containsNoBytes(window(inside), [addressNeedle('10.0.1.11')]).pass).toBe(false)
  })

  it('says how much it looked at when there is nothing', () => {
    expect(containsNoBytes(window(ping), [addressNeedle('fd00:10::1')])).toMatchObject({
      pass: true,
      observed: `none in 1 packets, ${ping.length} bytes`,
    })
    expect(addressNeedle('fd00::1').bytes).toHaveLength(16)
  })

  it('relies on no capture that is incomplete or cut packets short', () => {
    expect(containsNoBytes(window(ping, { problem: 'lost 3' }), [addressNeedle('10.9.9.9')]).problem).toBe('lost 3')
    expect(containsNoBytes(window(ping, { originalLength: 3000 }), [addressNeedle('10.9.9.9')]).problem).toContain(
      'of 3000 bytes',
    )
  })

  it('does not take an empty needle for absent', () => {
    expect(containsNoBytes(window(ping), [{ name: 'nothing', bytes: Buffer.alloc(0) }]).pass).toBe(false)
  })
})
