import { createServer, type Server } from 'node:net'
import { PacketproofError } from '../../../errors.ts'

export interface Listener {
  readonly server: Server
  /** For a child process to inherit. */
  readonly fd: number
  readonly port: number
}

/**
 * The API server's listening socket on the loopback interface of the caller's network namespace: a socket stays in the
 * namespace that made it, whoever holds it. Connections wait in its backlog until the cluster server takes them.
 */
export async function openListener(port: number | undefined): Promise<Listener> {
  // pauseOnConnect and no listener: what connects before the hand-over is not read here.
  const server = createServer({ pauseOnConnect: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(explain(cause, port ?? 0)))
    server.listen({ host: '127.0.0.1', port: port ?? 0, exclusive: true }, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string')
    throw new PacketproofError('E_INTERNAL', 'the listener has no port')
  // Node.js hands servers only to children that are Node.js themselves; the descriptor can be inherited by any.
  const fd = (server as unknown as Record<string, { readonly fd?: number } | undefined>)['_handle']?.fd
  if (fd === undefined || fd < 0) throw new PacketproofError('E_INTERNAL', 'the listener has no descriptor')
  return { server, fd, port: address.port }
}

function explain(cause: NodeJS.ErrnoException, port: number): PacketproofError {
  const why =
    cause.code === 'EADDRINUSE'
      ? 'it is in use'
      : cause.code === 'EACCES'
        ? 'ports below 1024 are for root'
        : cause.message
  return new PacketproofError('E_ENVIRONMENT', `the API server cannot listen on port ${port} of 127.0.0.1: ${why}`, {
    hint: 'Choose another port, or none: any free one is taken then.',
    cause,
  })
}
