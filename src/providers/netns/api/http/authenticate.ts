import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const WEBSOCKET_TOKEN_PREFIX = 'base64url.bearer.authorization.k8s.io.'

/**
 * Whether the request carries the cluster's bearer token: in its Authorization header, or, as browsers must, in a
 * WebSocket subprotocol.
 */
export function isAuthenticated(request: IncomingMessage, token: string): boolean {
  const header = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (header !== undefined) return isSame(header, token)
  const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim())
  const encoded = protocols.find((text) => text.startsWith(WEBSOCKET_TOKEN_PREFIX))
  if (encoded === undefined) return false
  return isSame(Buffer.from(encoded.slice(WEBSOCKET_TOKEN_PREFIX.length), 'base64url').toString(), token)
}

function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
