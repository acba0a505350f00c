/** One field of a protobuf message: a varint's value, or the bytes of a length-delimited field. */
type WireField = readonly [number: number, value: bigint | Buffer]

/**
 * Takes a protobuf message apart (https://protobuf.dev/programming-guides/encoding).
 * @throws RangeError for bytes that are no such message.
 */
export function* readWireFields(bytes: Buffer): Generator<WireField> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) break
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
    throw new RangeError('proto: unexpected end of a varint')
  }
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError('proto: unexpected EOF')
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const key = varint()
    const number = Number(key >> 3n)
    switch (key & 7n) {
      case 0n:
        yield [number, varint()]
        break
      case 1n:
        yield [number, take(8)]
        break
      case 2n:
        yield [number, take(Number(varint()))]
        break
      case 5n:
        yield [number, take(4)]
        break
      default:
        throw new RangeError(`proto: illegal wireType ${key & 7n}`)
    }
  }
}
