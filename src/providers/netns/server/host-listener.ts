import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { HostDirectory } from './host-directory.ts'
import { decodeFrame, encodeFrame, HOSTS_PATH } from './host-protocol.ts'
import { HostSession } from './host-session.ts'

/** Above this much waiting output a command's pipes are not read. */
const FULL_BYTES = 4 * 1024 * 1024

/** Takes WebSocket connections under `HOSTS_PATH` from whoever has the cluster's token. */
export class HostListener {
  readonly #hosts: HostDirectory
  readonly #token: Buffer
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 2 ** 30 })

  constructor(hosts: HostDirectory, token: string) {
    this.#hosts = hosts
    this.#token = Buffer.from(`Bearer ${token}`)
  }

  /** Whether the request was for this listener, and so is taken care of. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (new URL(request.url ?? '/', 'https://localhost').pathname !== HOSTS_PATH) return false
    if (!this.#isAllowed(request)) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return true
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#serve(webSocket))
    return true
  }

  #isAllowed(request: IncomingMessage): boolean {
    const given = Buffer.from(request.headers.authorization ?? '')
    return given.length === this.#token.length && timingSafeEqual(given, this.#token)
  }

  #serve(webSocket: WebSocket): void {
    const session = new HostSession(this.#hosts, {
      send: (stream, channel, payload, onSent) => {
        if (webSocket.readyState === webSocket.OPEN) {
          webSocket.send(encodeFrame(stream, channel, payload), () => onSent?.())
        }
      },
      isFull: () => webSocket.bufferedAmount > FULL_BYTES,
    })
    webSocket.on('message', (data) => {
      const frame = decodeFrame(data as Buffer)
      if (frame !== undefined) session.handle(frame)
    })
    webSocket.on('error', () => webSocket.terminate())
    webSocket.on('close', () => session.close())
  }
}
