import ipaddr from 'ipaddr.js'
import { invalidInput } from '../src/errors.ts'

/** A network prefix whose host bits are zero. */
export interface Cidr {
  readonly family: 4 | 6
  /** The canonical text, for instance `10.244.0.0/16`. */
  readonly text: string
  readonly network: bigint
  readonly prefixLength: number
}

/**
 * Reads `ADDRESS/LENGTH`.
 * @throws PacketproofError E_INVALID_INPUT that names the text and what is wrong with it.
 */
export function parseCidr(text: string): Cidr {
  const slash = text.indexOf('/')
  const lengthText = text.slice(slash + 1)
  const addressText = text.slice(0, slash)
  if (slash < 0 || !/^\d{1,3}$/.test(lengthText) || !isAddress(addressText)) {
    throw invalidInput(`"${text}" is not a CIDR: expected ADDRESS/LENGTH, for instance 10.0.0.0/8 or fd00::/8`)
  }
  const family = familyOf(addressText)
  const bits = family === 4 ? 32 : 128
  const prefixLength = Number(lengthText)
  if (prefixLength > bits) {
    throw invalidInput(
      `"${text}" is not a CIDR: the prefix length is ${prefixLength}, but IPv${family} has ${bits} bits`,
    )
  }
  const address = addressToBigInt(addressText)
  const network = (address >> BigInt(bits - prefixLength)) << BigInt(bits - prefixLength)
  const canonical = `${bigIntToAddress(network, family)}/${prefixLength}`
  if (network !== address) {
    throw invalidInput(`"${text}" has host bits set: the network is ${canonical}`)
  }
  return { family, text: canonical, network, prefixLength }
}

/** Whether the text is an IPv4 address in four decimal parts, or an IPv6 address without a zone. */
export function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || (ipaddr.IPv6.isValid(text) && !text.includes('%'))
}

export function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4
}

export function addressToBigInt(address: string): bigint {
  return ipaddr
    .parse(address)
    .toByteArray()
    .reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
}

/** RFC 5952 text for IPv6. */
export function bigIntToAddress(value: bigint, family: 4 | 6): string {
  const bytes: number[] = []
  for (let shift = family === 4 ? 24n : 120n; shift >= 0n; shift -= 8n) bytes.push(Number((value >> shift) & 255n))
  return ipaddr.fromByteArray(bytes).toString()
}

export function cidrContains(cidr: Cidr, address: string): boolean {
  if (familyOf(address) !== cidr.family) return false
  const hostBits = BigInt((cidr.family === 4 ? 32 : 128) - cidr.prefixLength)
  return addressToBigInt(address) >> hostBits === cidr.network >> hostBits
}

/** The address `index` places after the network address. */
export function addressAt(cidr: Cidr, index: number): string {
  return bigIntToAddress(cidr.network + BigInt(index), cidr.family)
}

/** The `index`th sub-network of the given length. */
export function subnetAt(cidr: Cidr, prefixLength: number, index: number): Cidr {
  const bits = cidr.family === 4 ? 32 : 128
  const network = cidr.network + (BigInt(index) << BigInt(bits - prefixLength))
  return {
    family: cidr.family,
    text: `${bigIntToAddress(network, cidr.family)}/${prefixLength}`,
    network,
    prefixLength,
  }
}
