import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { ApiContext } from '../http/api-call.ts'
import { isAuthenticated } from '../http/authenticate.ts'
import { parseResourcePath } from '../http/resource-path.ts'
import { toStatusError } from '../http/respond.ts'
import { badRequest, noSuchResource, notFound, unauthorized } from '../status-error.ts'
import { channels, chooseProtocol, frame } from './channels.ts'
import { type ExecRequest, readExecRequest } from './exec-request.ts'
import { rejectUpgrade } from './reject-upgrade.ts'
import { serveProcess } from './serve-process.ts'

interface UpgradeOptions {
  readonly context: ApiContext
  readonly token: string
  /** Takes an upgrade of its own, after authentication; false when the path is none of its. */
  readonly onUpgrade?: (path: string, request: IncomingMessage, socket: Duplex, head: Buffer) => boolean
}

/** The server's answer to upgrade requests: `pods/exec` over WebSocket. */
export function createUpgradeHandler(
  options: UpgradeOptions,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const { context } = options
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: (offered) => chooseProtocol(offered) ?? false,
  })
  return (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    try {
      if (!isAuthenticated(request, options.token)) throw unauthorized()
      const url = new URL(request.url ?? '/', 'https://localhost')
      if (options.onUpgrade?.(url.pathname, request, socket, head) === true) return
      const exec = execRequestOf(context, url)
      checkProtocol(request)
      sockets.handleUpgrade(request, socket, head, (webSocket) => void runExec(context, webSocket, exec))
    } catch (error) {
      rejectUpgrade(socket, toStatusError(error))
    }
  }
}

function execRequestOf({ store }: ApiContext, url: URL): ExecRequest {
  const path = parseResourcePath(url.pathname)
  if (path?.resource !== 'pods' || path.name === undefined) {
    throw noSuchResource()
  }
  if (path.subresource !== 'exec') {
    throw badRequest(
      `pods/${path.subresource ?? ''} is not served by this cluster: use "kubectl exec" or "kubectl logs --follow"`,
    )
  }
  const pod = store.get('pods', path.namespace, path.name)
  if (pod === undefined) throw notFound({ resource: 'pods', group: '' }, path.name)
  return readExecRequest(pod, url.searchParams)
}

function checkProtocol({ headers }: IncomingMessage): void {
  if (/spdy/i.test(headers.upgrade ?? '')) {
    throw badRequest('this cluster streams over WebSockets and not over SPDY: kubectl 1.31 or newer is needed for exec')
  }
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim())
  if (chooseProtocol(offered) === undefined) {
    throw badRequest(
      `unable to upgrade: none of the offered subprotocols [${offered.join(' ')}] is one of [v5.channel.k8s.io v4.channel.k8s.io]`,
    )
  }
}

async function runExec({ runtime, closing }: ApiContext, socket: WebSocket, exec: ExecRequest): Promise<void> {
  // What the client sends while the process is being started must not be lost.
  socket.pause()
  try {
    const { stdin, tty } = exec
    const process = await runtime.exec(exec.namespace, exec.pod, exec.container, exec.argv, { stdin, tty })
    const served = serveProcess(socket, process, { ...exec, signal: closing })
    socket.resume()
    await served
  } catch (error) {
    socket.resume()
    socket.send(frame(channels.error, JSON.stringify(toStatusError(error).status)))
    socket.close(1000)
  }
}
