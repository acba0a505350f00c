import { describe, expect, it } from 'vitest'
import { attribute, decodeAcknowledgements, encodeMessage, nested } from './message.ts'
import { addAddress, addRoute } from './requests.ts'

describe('netlink messages', () => {
  it('pads attributes to four bytes but counts only what they hold', () => {
    expect(attribute(3, 'lo').toString('hex')).toBe('070003006c6f0000')
    expect(nested(18, attribute(1, 'ab')).toString('hex')).toBe('0c0012000700010061620000')
  })

  it('is what `ip address add 10.0.0.1/24 dev #7` sends', () => {
    const message = encodeMessage(addAddress(7, '10.0.0.1/24'), 5, true)
    expect(message.toString('hex')).toBe(
      '28000000' +
        '1400' +
        '0506' +
        '05000000' +
        '00000000' +
        '02180000' +
        '07000000' +
        '080002000a000001' +
        '080001000a000001',
    )
  })

  it('leaves the destination out of a default route', () => {
    expect(addRoute({ to: '0.0.0.0/0', via: '10.0.0.1', device: 1 }).payload).toHaveLength(12 + 8 + 8)
    expect(addRoute({ to: '10.0.0.0/8' }).text).toBe('ip route add blackhole 10.0.0.0/8')
  })

  it('reads the error and the reason that the kernel gives', () => {
    const reason = attribute(1, 'Nexthop has invalid gateway')
    const header = Buffer.alloc(16 + 4 + 16)
    header.writeUInt32LE(header.length + reason.length, 0)
    header.writeUInt16LE(2, 4)
    header.writeUInt16LE(0x300, 6)
    header.writeUInt32LE(9, 8)
    header.writeInt32LE(-101, 16)
    expect(decodeAcknowledgements(Buffer.concat([header, reason]))).toEqual([
      { sequence: 9, errno: 101, reason: 'Nexthop has invalid gateway' },
    ])
  })

  it('stops at a message that is cut off', () => {
    expect(decodeAcknowledgements(Buffer.alloc(20))).toEqual([])
  })
})
