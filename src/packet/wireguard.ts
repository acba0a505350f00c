import type { WireguardLayer } from './types.ts'

/** Message lengths of the WireGuard protocol (https://www.wireguard.com/protocol/). */
const INITIATION_LENGTH = 148
const RESPONSE_LENGTH = 92
const COOKIE_LENGTH = 64
/** Header, counter and authentication tag around nothing. */
const KEEPALIVE_LENGTH = 32

/** Tells a message by its type, its three reserved zero bytes and its length on the wire. */
export function decodeWireguard(data: Buffer, at: number, end: number, length: number): WireguardLayer | undefined {
  if (end - at < 8 || data[at + 1] !== 0 || data[at + 2] !== 0 || data[at + 3] !== 0) return undefined
  const first = data.readUInt32LE(at + 4)
  switch (data[at]) {
    case 1:
      return length === INITIATION_LENGTH ? handshake('handshake-initiation', first, undefined) : undefined
    case 2:
      if (length !== RESPONSE_LENGTH) return undefined
      return handshake('handshake-response', first, at + 12 <= end ? data.readUInt32LE(at + 8) : undefined)
    case 3:
      return length === COOKIE_LENGTH ? handshake('cookie-reply', undefined, first) : undefined
    case 4:
      // What is inside is padded to 16 bytes, but never beyond the device's MTU: the length of a full one can be any.
      if (length < KEEPALIVE_LENGTH) return undefined
      return {
        kind: 'transport-data',
        senderIndex: undefined,
        receiverIndex: first,
        counter: at + 16 <= end ? Number(data.readBigUInt64LE(at + 8)) : undefined,
        keepalive: length === KEEPALIVE_LENGTH,
      }
    default:
      return undefined
  }
}

function handshake(
  kind: WireguardLayer['kind'],
  senderIndex: number | undefined,
  receiverIndex: number | undefined,
): WireguardLayer {
  return { kind, senderIndex, receiverIndex, counter: undefined, keepalive: false }
}
