import ipaddr from 'ipaddr.js'

/** Texts are kept, because captures repeat few addresses many times; the bound keeps a scan from filling memory. */
const MAX_KEPT = 65_536
const ipv4Texts = new Map<number, string>()
const ipv6Texts = new Map<string, string>()
const macTexts = new Map<number, string>()
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Big-endian, unsigned. The caller has checked that the bytes are there. */
export function uint16(data: Buffer, at: number): number {
  return ((data[at] as number) << 8) | (data[at + 1] as number)
}

/** Big-endian, unsigned. The caller has checked that the bytes are there. */
export function uint32(data: Buffer, at: number): number {
  return uint16(data, at) * 65_536 + uint16(data, at + 2)
}

export function ipv4Text(data: Buffer, at: number): string {
  const key = uint32(data, at)
  const kept = ipv4Texts.get(key)
  if (kept !== undefined) return kept
  const text = `${data[at]}.${data[at + 1]}.${data[at + 2]}.${data[at + 3]}`
  if (ipv4Texts.size >= MAX_KEPT) ipv4Texts.clear()
  ipv4Texts.set(key, text)
  return text
}

/** RFC 5952 text. */
export function ipv6Text(data: Buffer, at: number): string {
  const key = data.toString('latin1', at, at + 16)
  const kept = ipv6Texts.get(key)
  if (kept !== undefined) return kept
  const text = ipaddr.fromByteArray([...data.subarray(at, at + 16)]).toString()
  if (ipv6Texts.size >= MAX_KEPT) ipv6Texts.clear()
  ipv6Texts.set(key, text)
  return text
}

export function macText(data: Buffer, at: number): string {
  const key = uint16(data, at) * 0x1_0000_0000 + uint32(data, at + 2)
  const kept = macTexts.get(key)
  if (kept !== undefined) return kept
  const text = Array.from(data.subarray(at, at + 6), (byte) => HEX[byte]).join(':')
  if (macTexts.size >= MAX_KEPT) macTexts.clear()
  macTexts.set(key, text)
  return text
}
