import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import type { NodeAccess } from '../cluster/node-access.ts'
import { decodeFrame, encodeFrame, HOSTS_PATH } from '../providers/netns/server/host-protocol.ts'
import { AccessSession } from './access-session.ts'

/** Takes commands for a lab's hosts on a Unix socket, which only its owner may open. */
export async function listenForCommands(path: string, access: NodeAccess): Promise<AsyncDisposable> {
  const server: Server = createServer((_, response) => response.writeHead(404).end())
  const sockets = new WebSocketServer({ server, path: HOSTS_PATH, perMessageDeflate: false, maxPayload: 2 ** 30 })
  sockets.on('connection', (socket) => serve(socket, access))
  server.listen(path)
  await once(server, 'listening')
  chmodSync(path, 0o600)
  return {
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets.clients) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function serve(socket: WebSocket, access: NodeAccess): void {
  const session = new AccessSession(access, (stream, channel, payload) => {
    return new Promise((resolve) => {
      // What cannot be sent any more has nobody to read it.
      if (socket.readyState !== socket.OPEN) resolve()
      else socket.send(encodeFrame(stream, channel, payload), () => resolve())
    })
  })
  socket.on('message', (data) => {
    const frame = decodeFrame(data as Buffer)
    if (frame !== undefined) session.handle(frame)
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', () => session.close())
}
