import { expect, it } from 'vitest'
import { CHANNEL, decodeFrame, encodeFrame } from './host-protocol.ts'

it('carries any bytes under a stream number and a channel', () => {
  const payload = Buffer.from([0, 255, 10, 13])
  expect(decodeFrame(encodeFrame(4_000_000_000, CHANNEL.stderr, payload))).toEqual({
    stream: 4_000_000_000,
    channel: CHANNEL.stderr,
    payload,
  })
  expect(decodeFrame(Buffer.alloc(4))).toBeUndefined()
})
