export type Direction = 'inbound' | 'outbound'

/** What the proxy tells of one connection when it has ended: a line of its log. */
export interface ConnectionRecord {
  readonly event: 'connection'
  /** ISO 8601; when it was accepted. */
  readonly time: string
  readonly direction: Direction
  /** Where the peer wanted to go; empty when that could not be found out. */
  readonly original: string
  readonly peer: string
  /** The proxy's end. */
  readonly local: string
  /** The address that it was passed on from; empty when it was not. */
  readonly source: string
  /** Where it was passed on to: the original destination, or an endpoint of the Service that this is; empty when it was not. */
  readonly target: string
  /** Bytes from the peer, and to it. */
  readonly bytesReceived: number
  readonly bytesSent: number
  readonly durationMs: number
  /** Why it ended otherwise than by both sides being done. */
  readonly error?: string
}

/** `10.0.0.1:80` or `[fd00::1]:80`; empty when a part is missing. */
export function endpointText(end: {
  readonly address?: string | undefined
  readonly port?: number | undefined
}): string {
  const { address, port } = end
  if (address === undefined || port === undefined) return ''
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
