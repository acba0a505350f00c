import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { Duplex } from 'node:stream'
import { createRequestHandler } from './http/handle-request.ts'
import type { MemoryStore } from './store/memory-store.ts'
import { createUpgradeHandler } from './stream/handle-upgrade.ts'
import type { PodRuntime } from './types.ts'

/** Paths beside the API, after authentication. Each returns whether the path was its own. */
export interface ApiServerHooks {
  readonly onRequest?: (path: string, request: IncomingMessage, response: ServerResponse) => boolean
  readonly onUpgrade?: (path: string, request: IncomingMessage, socket: Duplex, head: Buffer) => boolean
}

export interface ApiServerOptions {
  readonly store: MemoryStore
  readonly runtime: PodRuntime
  /** PEM. */
  readonly tls: { readonly key: string | Buffer; readonly cert: string | Buffer }
  /** The one bearer token that is let in. */
  readonly token: string
  /** As `/version` reports it, for instance `v1.34.0+packetproof`. */
  readonly version: string
  readonly hooks?: ApiServerHooks
}

export interface ApiServer {
  /** Not yet listening. */
  readonly server: Server
  /** Ends every watch, log and exec, and stops listening. */
  close(): Promise<void>
}

/**
 * The embedded cluster's API server over a store and its kubelets. The caller makes `server` listen, for instance on an
 * inherited descriptor (`server.listen({ fd })`).
 */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { store, runtime, token, hooks } = options
  const closing = new AbortController()
  const context = { store, runtime, closing: closing.signal }
  const handle = createRequestHandler({
    context,
    token,
    version: options.version,
    ...(hooks?.onRequest === undefined ? {} : { onRequest: hooks.onRequest }),
  })
  const server = createServer(
    {
      key: options.tls.key,
      cert: options.tls.cert,
      ALPNProtocols: ['http/1.1'],
      requestTimeout: 0,
      keepAliveTimeout: 60_000,
    },
    (request, response) => void handle(request, response),
  )
  const upgrade = createUpgradeHandler({
    context,
    token,
    ...(hooks?.onUpgrade === undefined ? {} : { onUpgrade: hooks.onUpgrade }),
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => upgrade(request, socket, head))
  return {
    server,
    async close() {
      closing.abort()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}
