import { describe, expect, it } from 'vitest'
import { decodeEnvelope } from './decode-envelope.ts'
import { decodeMessage } from './decode-message.ts'
import { writeMessage } from './wire-writer.ts'

/** A varint field: key and value below 128. */
const small = (number: number, value: number): Buffer =>
  Buffer.from(number < 16 ? [number * 8, value] : [((number * 8) % 128) + 128, number >> 4, value])
const text = (number: number, value: string | Buffer): Buffer => writeMessage([[number, value]])
const join = (...parts: Buffer[]): Buffer => Buffer.concat(parts)

describe('decodeMessage', () => {
  it('reads times to the microsecond, and the zero of a pointer', () => {
    const seconds = Buffer.from([0x08, 0x80, 0xf2, 0xd6, 0xca, 0x06])
    const time = join(seconds, Buffer.from([0x10, 0xf8, 0xc0, 0x07]))
    const spec = join(text(1, 'me'), small(2, 15), text(4, time), small(5, 0))
    expect(decodeMessage('V1Lease', text(2, spec))).toEqual({
      spec: {
        holderIdentity: 'me',
        leaseDurationSeconds: 15,
        renewTime: '2026-01-01T00:00:00.000123Z',
        leaseTransitions: 0,
      },
    })
  })

  it('leaves out what Go leaves out, and keeps what a user set', () => {
    const container = join(text(1, 'c'), text(2, ''), small(16, 0))
    const spec = join(text(2, container), small(4, 0), small(11, 0), small(30, 0))
    expect(decodeMessage('V1PodSpec', spec)).toEqual({
      containers: [{ name: 'c' }],
      terminationGracePeriodSeconds: 0,
      enableServiceLinks: false,
    })
  })

  it('puts an inlined source into its volume', () => {
    const source = text(19, join(text(1, text(1, 'settings')), small(3, 100)))
    expect(decodeMessage('V1Volume', join(text(1, 'v'), text(2, source)))).toEqual({
      name: 'v',
      configMap: { name: 'settings', defaultMode: 100 },
    })
  })

  it('reads maps, whose values may be bytes', () => {
    const entry = (key: string, value: Buffer): Buffer => join(text(1, key), text(2, value))
    const data = join(text(2, entry('a', Buffer.from('x'))), text(2, entry('b', Buffer.alloc(0))))
    expect(decodeMessage('V1Secret', data)).toEqual({ data: { a: 'eA==', b: '' } })
  })

  it('reads ports that are numbers or names', () => {
    expect(decodeMessage('V1ServicePort', text(4, join(small(1, 0), small(2, 80), text(3, ''))))).toEqual({
      targetPort: 80,
    })
    expect(decodeMessage('V1ServicePort', text(4, join(small(1, 1), small(2, 0), text(3, 'http'))))).toEqual({
      targetPort: 'http',
    })
  })

  it('takes negative numbers', () => {
    const minusOne = Buffer.from([...Array.from({ length: 9 }, () => 0xff), 0x01])
    expect(decodeMessage('V1Toleration', join(Buffer.from([5 * 8]), minusOne))).toEqual({ tolerationSeconds: -1 })
  })
})

describe('decodeEnvelope', () => {
  it.each([
    ['what is not protobuf', Buffer.from('{"kind":"Pod"}'), 'does not appear to be a protobuf message'],
    ['a message that is cut off', Buffer.from('k8s\u0000\u000a\u0020v1', 'latin1'), 'unexpected EOF'],
    [
      'a kind that nobody knows',
      join(Buffer.from('k8s\u0000', 'latin1'), text(1, join(text(1, 'v1'), text(2, 'Frob')))),
      'no kind "Frob" is registered',
    ],
  ])('refuses %s', (_what, bytes, message) => {
    expect(() => decodeEnvelope(bytes)).toThrow(message)
  })
})
