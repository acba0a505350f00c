import ipaddr from 'ipaddr.js'

/**
 * The one way to write an address or prefix of a rule, for comparison: `10.0.0.1/32` and `10.0.0.1` are `10.0.0.1`,
 * `10.1.2.3/255.0.0.0` is `10.0.0.0/8` (iptables clears the host bits), IPv6 is RFC 5952. A mask with holes stays a mask.
 * What is not an address (a host name) is returned as it is.
 */
export function normalizeAddress(text: string): string {
  const slash = text.indexOf('/')
  const addressText = slash < 0 ? text : text.slice(0, slash)
  const isV4 = ipaddr.IPv4.isValidFourPartDecimal(addressText)
  if (!isV4 && !ipaddr.IPv6.isValid(addressText)) return text
  const bytes = ipaddr.parse(addressText).toByteArray()
  const mask = maskBytes(slash < 0 ? String(bytes.length * 8) : text.slice(slash + 1), bytes.length)
  if (mask === undefined) return text
  const network = ipaddr.fromByteArray(bytes.map((byte, index) => byte & (mask[index] ?? 0))).toString()
  const length = prefixLengthOf(mask)
  if (length === undefined) return `${network}/${ipaddr.fromByteArray(mask).toString()}`
  return length === bytes.length * 8 ? network : `${network}/${length}`
}

/** Whether the normalised text covers every address. */
export function isEveryAddress(normalized: string): boolean {
  return normalized === '0.0.0.0/0' || normalized === '::/0'
}

function maskBytes(text: string, size: number): number[] | undefined {
  if (/^\d{1,3}$/.test(text)) {
    const length = Number(text)
    if (length > size * 8) return undefined
    return Array.from({ length: size }, (_, index) => {
      const bits = Math.max(0, Math.min(8, length - index * 8))
      return (0xff << (8 - bits)) & 0xff
    })
  }
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return undefined
  const bytes = ipaddr.parse(text).toByteArray()
  return bytes.length === size ? bytes : undefined
}

function prefixLengthOf(mask: readonly number[]): number | undefined {
  const bits = mask.map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return /^1*0*$/.test(bits) ? (bits.indexOf('0') === -1 ? bits.length : bits.indexOf('0')) : undefined
}
