import { canonical } from './cluster-facts.ts'

/** A peer as `wg show` prints it. */
export interface ShownPeer {
  readonly publicKey: string
  readonly endpoint: string | undefined
  /** Sorted as text. */
  readonly allowedIps: readonly string[]
  /** `5 seconds ago`; undefined before the first. */
  readonly latestHandshake: string | undefined
  /** `every 25 seconds`. */
  readonly persistentKeepalive: string | undefined
}

/** What `wg show DEVICE` prints: everything but the private key, which it hides. */
export interface ShownDevice {
  readonly publicKey: string | undefined
  readonly listenPort: number | undefined
  /** 0 is `off`. */
  readonly fwmark: number
  readonly privateKeyHidden: boolean
  readonly peers: readonly ShownPeer[]
}

/** Reads the listing for people, because the one for programs (`wg show DEVICE dump`) holds the private key. */
export function parseWgShow(text: string): ShownDevice {
  const [device = '', ...peers] = text.split(/^(?=peer: )/m)
  const own = fieldsOf(device)
  return {
    publicKey: own.get('public key'),
    listenPort: own.has('listening port') ? Number(own.get('listening port')) : undefined,
    fwmark: Number(own.get('fwmark') ?? 0),
    privateKeyHidden: own.get('private key') === '(hidden)',
    peers: peers.map(peerOf),
  }
}

function peerOf(text: string): ShownPeer {
  const fields = fieldsOf(text)
  const allowed = fields.get('allowed ips') ?? '(none)'
  return {
    publicKey: fields.get('peer') ?? '',
    endpoint: fields.get('endpoint'),
    allowedIps: allowed === '(none)' ? [] : allowed.split(', ').map(canonicalPrefix).toSorted(),
    latestHandshake: fields.get('latest handshake'),
    persistentKeepalive: fields.get('persistent keepalive'),
  }
}

function canonicalPrefix(text: string): string {
  const [address = '', length] = text.split('/')
  return `${canonical(address)}/${length}`
}

function fieldsOf(text: string): Map<string, string> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const colon = line.indexOf(': ')
      return colon < 0 ? [] : [[line.slice(0, colon).trim(), line.slice(colon + 2).trim()] as const]
    }),
  )
}
