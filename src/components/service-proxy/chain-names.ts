import { createHash } from 'node:crypto'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const HASH_LENGTH = 16

/** The chains of one port of a Service, as kube-proxy names them: a kind and 16 characters of a hash. */
export interface ServiceChains {
  /** All endpoints. */
  readonly cluster: string
  /** Those of this node. */
  readonly local: string
  /** What comes to node ports, external IPs and load balancers. */
  readonly external: string
  /** What comes to load balancers that take certain sources only. */
  readonly firewall: string
}

/** @param port `NAMESPACE/NAME` or `NAMESPACE/NAME:PORTNAME`. */
export function serviceChains(port: string, protocol: string): ServiceChains {
  const hash = hashOf(port + protocol)
  return {
    cluster: `KUBE-SVC-${hash}`,
    local: `KUBE-SVL-${hash}`,
    external: `KUBE-EXT-${hash}`,
    firewall: `KUBE-FW-${hash}`,
  }
}

/** @param endpoint `ADDRESS:PORT`, an IPv6 address in brackets. */
export function endpointChain(port: string, protocol: string, endpoint: string): string {
  return `KUBE-SEP-${hashOf(port + protocol + endpoint)}`
}

/** Whether a chain is of the kinds that come and go with services. */
export function isServiceChain(chain: string): boolean {
  return /^KUBE-(SVC|SVL|EXT|FW|SEP)-/.test(chain)
}

/** The first characters of SHA-256 in base32 (RFC 4648), which need 80 of its bits. */
function hashOf(text: string): string {
  const digest = createHash('sha256').update(text).digest()
  let bits = 0n
  for (const byte of digest.subarray(0, 10)) bits = (bits << 8n) | BigInt(byte)
  let name = ''
  for (let index = HASH_LENGTH - 1; index >= 0; index -= 1) name += BASE32[Number((bits >> BigInt(index * 5)) & 31n)]
  return name
}
