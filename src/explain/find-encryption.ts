import { BlockList, isIPv6 } from 'node:net'
import type { Host } from '../cluster/host.ts'
import type { Encryption } from './explanation.ts'

interface Peer {
  readonly publicKey: string
  readonly endpoint: string
  readonly allowedIps: readonly string[]
}

/**
 * What a WireGuard device does with a packet to this address: to which peer's endpoint it sends it. Undefined when the device is
 * not WireGuard. Of a device's keys only public ones are read.
 */
export async function findEncryption(host: Host, device: string, destination: string): Promise<Encryption | undefined> {
  const read = async (what: string): Promise<string | undefined> => {
    const result = await host.exec(['wg', 'show', device, what])
    return result.exitCode === 0 ? result.stdout : undefined
  }
  const allowedIps = await read('allowed-ips')
  if (allowedIps === undefined) return undefined
  const endpoints = new Map(lines((await read('endpoints')) ?? ''))
  const peers = lines(allowedIps).map(
    ([publicKey, list]): Peer => ({
      publicKey,
      endpoint: endpoints.get(publicKey) ?? '(none)',
      allowedIps: list.split(/\s+/).filter((cidr) => cidr.includes('/')),
    }),
  )
  const peer = choosePeer(peers, destination)
  return { device, ...(peer && { peer: peer.publicKey, endpoint: peer.endpoint }) }
}

function lines(text: string): (readonly [string, string])[] {
  return text
    .split('\n')
    .filter((line) => line.includes('\t'))
    .map((line) => {
      const [key = '', ...rest] = line.split('\t')
      return [key, rest.join(' ')] as const
    })
}

/** The longest prefix wins, as in the kernel's allowed-IP tree. */
function choosePeer(peers: readonly Peer[], destination: string): Peer | undefined {
  const family = isIPv6(destination) ? 'ipv6' : 'ipv4'
  const candidates = peers.flatMap((peer) =>
    peer.allowedIps.flatMap((cidr) => {
      const [address = '', bits = ''] = cidr.split('/')
      if (isIPv6(address) !== (family === 'ipv6')) return []
      const list = new BlockList()
      list.addSubnet(address, Number(bits), family)
      return list.check(destination, family) ? [{ peer, bits: Number(bits) }] : []
    }),
  )
  return candidates.sort((a, b) => b.bits - a.bits)[0]?.peer
}
