import { addressToBigInt, bigIntToAddress, type Cidr, familyOf, parseCidr } from '../../../../helpers/cidr.ts'

/** Whether two prefixes share addresses. */
export function overlap(a: Cidr, b: Cidr): boolean {
  if (a.family !== b.family) return false
  const [wide, narrow] = a.prefixLength <= b.prefixLength ? [a, b] : [b, a]
  const hostBits = BigInt((wide.family === 4 ? 32 : 128) - wide.prefixLength)
  return narrow.network >> hostBits === wide.network >> hostBits
}

/** The network an address with its prefix length is on. */
export function networkOf(address: string, prefixLength: number): Cidr {
  const family = familyOf(address)
  const hostBits = BigInt((family === 4 ? 32 : 128) - prefixLength)
  const network = (addressToBigInt(address) >> hostBits) << hostBits
  return parseCidr(`${bigIntToAddress(network, family)}/${prefixLength}`)
}
