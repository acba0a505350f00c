import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { HostDirectory } from './host-directory.ts'
import { decodeFrame, encodeFrame, HOSTS_PATH } from './host-protocol.ts'
import { HostSession } from './host-session.ts'

/** Above this much waiting output a command's pipes are not read. */
const FULL_BYTES = 4 * 1024 * 1024

/** Takes WebSocket connections under `HOSTS_PATH`; who may connect is the API server's to decide. */
export class HostListener {
  readonly #hosts: HostDirectory
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 2 ** 30 })

  constructor(hosts: HostDirectory) {
    this.#hosts = hosts
  }

  /** Whether the request was for this listener, and so is taken care of. */
  handleUpgrade(path: string, request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (path !== HOSTS_PATH) return false
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#serve(webSocket))
    return true
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
