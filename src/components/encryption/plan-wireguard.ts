import { deviceName, listenPort } from './names.ts'
import type { Command, DesiredNode } from './plan-node.ts'
import type { Peer } from './plan-peers.ts'
import type { ShownDevice, ShownPeer } from './wg-show.ts'

/** Gives `wg` the private key on a pipe: it is in no argument and no file but its own. `/dev/stdin` cannot be opened when it is a socket. */
const SET_PRIVATE_KEY = ['sh', '-c', 'cat | wg set "$0" private-key /dev/stdin', deviceName] as const

/** Key, port, mark and peers of the device. Peers that are right are not touched: their sessions go on. */
export function planWireguard(
  device: ShownDevice | undefined,
  { publicKey, peers, keepaliveSeconds }: Pick<DesiredNode, 'publicKey' | 'peers' | 'keepaliveSeconds'>,
): Command[] {
  const hasKey = publicKey === undefined ? device?.publicKey !== undefined : device?.publicKey === publicKey
  const words = [
    ...(device?.listenPort === listenPort ? [] : ['listen-port', String(listenPort)]),
    // 0x1e00 has the mark's bits: the tunnel's own packets would be routed into the tunnel.
    ...((device?.fwmark ?? 0) === 0 ? [] : ['fwmark', '0']),
  ]
  return [
    ...(words.length === 0 ? [] : [set(words, `set ${words.join(' ')}`)]),
    ...(hasKey ? [] : [{ argv: SET_PRIVATE_KEY, why: 'set the private key', takesPrivateKey: true as const }]),
    ...planPeerWords(device?.peers ?? [], peers, keepaliveSeconds),
  ]
}

function planPeerWords(shown: readonly ShownPeer[], peers: readonly Peer[], keepaliveSeconds: number): Command[] {
  const wanted = new Set(peers.map(({ publicKey }) => publicKey))
  const stale = shown.filter(({ publicKey }) => !wanted.has(publicKey))
  const changed = peers.filter(
    (peer) =>
      !isRight(
        shown.find(({ publicKey }) => publicKey === peer.publicKey),
        peer,
        keepaliveSeconds,
      ),
  )
  if (stale.length + changed.length === 0) return []
  // A node with a new key has begun a handshake that nobody understood, and tries again after five seconds. A keepalive from this side
  // begins one that it does understand, now.
  const isReplaced = ({ publicKey, endpoint }: Peer): boolean =>
    shown.every((peer) => peer.publicKey !== publicKey) && stale.some((peer) => peer.endpoint === endpoint)
  const words = [
    ...stale.flatMap(({ publicKey }) => ['peer', publicKey, 'remove']),
    ...changed.flatMap((peer) => peerWords(peer, isReplaced(peer) && keepaliveSeconds === 0 ? 1 : keepaliveSeconds)),
  ]
  const nudged = keepaliveSeconds === 0 ? changed.filter(isReplaced) : []
  const why = [
    ...stale.map(({ publicKey }) => `remove the peer ${publicKey}`),
    ...changed.map(({ node, allowedIps }) => `peer ${node}: ${allowedIps.join(', ') || 'no pods'}`),
  ]
  return [
    set(words, why.join('; ')),
    ...nudged.map(({ publicKey, node }) =>
      set(['peer', publicKey, 'persistent-keepalive', 'off'], `peer ${node}: no keepalives any more`),
    ),
  ]
}

function peerWords({ publicKey, endpoint, allowedIps }: Peer, keepaliveSeconds: number): string[] {
  const keepalive = keepaliveSeconds === 0 ? 'off' : String(keepaliveSeconds)
  return [
    ...['peer', publicKey, 'endpoint', endpoint, 'persistent-keepalive', keepalive],
    ...['allowed-ips', allowedIps.join(',')],
  ]
}

function isRight(shown: ShownPeer | undefined, peer: Peer, keepaliveSeconds: number): boolean {
  if (shown === undefined) return false
  const keepalive = keepaliveSeconds === 0 ? undefined : keepaliveSeconds
  const shownKeepalive = shown.persistentKeepalive === undefined ? undefined : secondsIn(shown.persistentKeepalive)
  return (
    shown.endpoint === peer.endpoint &&
    shownKeepalive === keepalive &&
    shown.allowedIps.join() === peer.allowedIps.toSorted().join()
  )
}

/** `every 1 minute, 5 seconds` */
function secondsIn(text: string): number {
  const units: Readonly<Record<string, number>> = { hour: 3600, minute: 60, second: 1 }
  return [...text.matchAll(/(\d+) (hour|minute|second)/g)].reduce(
    (sum, [, n, unit = '']) => sum + Number(n) * (units[unit] ?? 0),
    0,
  )
}

function set(words: readonly string[], why: string): Command {
  return { argv: ['wg', 'set', deviceName, ...words], why }
}
