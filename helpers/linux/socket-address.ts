import ipaddr from 'ipaddr.js'

export const AF_INET = 2
export const AF_INET6 = 10

export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** struct sockaddr_in or sockaddr_in6. */
export function encodeSocketAddress({ address, port }: Endpoint): Buffer {
  const bytes = Buffer.from(ipaddr.parse(address).toByteArray())
  const isIpv4 = bytes.length === 4
  const result = Buffer.alloc(isIpv4 ? 16 : 28)
  result.writeUInt16LE(isIpv4 ? AF_INET : AF_INET6, 0)
  result.writeUInt16BE(port, 2)
  bytes.copy(result, isIpv4 ? 4 : 8)
  return result
}

export function decodeSocketAddress(bytes: Buffer): Endpoint {
  const isIpv4 = bytes.readUInt16LE(0) === AF_INET
  const address = ipaddr.fromByteArray([...bytes.subarray(isIpv4 ? 4 : 8, isIpv4 ? 8 : 24)])
  return { address: address.toString(), port: bytes.readUInt16BE(2) }
}
