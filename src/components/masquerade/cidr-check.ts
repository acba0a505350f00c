import { addressToBigInt, bigIntToAddress, isAddress } from '../../../helpers/cidr.ts'
import { goQuote } from '../../../helpers/go-quote.ts'

const mappedPrefix = 0xffffn << 32n

interface ParsedCidr {
  readonly bits: 32 | 128
  readonly address: bigint
  readonly network: bigint
  readonly prefixLength: number
}

/**
 * What is wrong with a CIDR, in ip-masq-agent's words; `undefined` when it is one whose host bits are zero.
 * It is read as Go's `net.ParseCIDR` reads it.
 */
export function cidrFault(text: string): string | undefined {
  const cidr = parseGoCidr(text)
  if (cidr === undefined) return `CIDR ${goQuote(text)} could not be parsed, invalid CIDR address: ${text}`
  if (cidr.address === cidr.network) return undefined
  return (
    `CIDR ${goQuote(text)} is not aligned to a CIDR block, ` +
    `ip: ${goQuote(printAddress(cidr))} network: ${goQuote(printNetwork(cidr))}`
  )
}

/** The network that a CIDR with host bits lies in, as text; the CIDR's own canonical text when it has none. */
export function alignedCidr(text: string): string | undefined {
  const cidr = parseGoCidr(text)
  return cidr === undefined ? undefined : printNetwork(cidr)
}

/**
 * Which of the two rule sets a CIDR goes into. As upstream decides it, an IPv4-mapped IPv6 CIDR (`::ffff:10.0.0.0/104`)
 * counts as IPv4.
 */
export function familyOfCidr(text: string): 4 | 6 {
  const cidr = parseGoCidr(text)
  return cidr !== undefined && cidr.bits === 128 && !isMapped(cidr.address) ? 6 : 4
}

/** Whether the text is an IPv4-mapped IPv6 CIDR, which iptables does not accept although ip-masq-agent does. */
export function isMappedCidr(text: string): boolean {
  const cidr = parseGoCidr(text)
  return cidr !== undefined && cidr.bits === 128 && isMapped(cidr.address)
}

function parseGoCidr(text: string): ParsedCidr | undefined {
  const slash = text.indexOf('/')
  const lengthText = text.slice(slash + 1)
  const addressText = text.slice(0, slash)
  if (slash < 0 || !/^\d+$/.test(lengthText) || !isAddress(addressText)) return undefined
  const bits = addressText.includes(':') ? 128 : 32
  const prefixLength = Number(lengthText)
  if (prefixLength > bits) return undefined
  const address = addressToBigInt(addressText)
  const hostBits = BigInt(bits - prefixLength)
  return { bits, address, network: (address >> hostBits) << hostBits, prefixLength }
}

function isMapped(address: bigint): boolean {
  return address >> 32n === mappedPrefix >> 32n
}

function printAddress(cidr: ParsedCidr, address = cidr.address): string {
  if (cidr.bits === 128 && isMapped(address)) return bigIntToAddress(address & 0xffffffffn, 4)
  return bigIntToAddress(address, cidr.bits === 32 ? 4 : 6)
}

function printNetwork(cidr: ParsedCidr): string {
  const mapped = cidr.bits === 128 && isMapped(cidr.network)
  return `${printAddress(cidr, cidr.network)}/${mapped ? cidr.prefixLength - 96 : cidr.prefixLength}`
}
