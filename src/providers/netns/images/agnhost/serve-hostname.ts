import { createServer as createHttpServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { hostname } from 'node:os'
import { parseFlags } from './flags.ts'
import { fail, serveUdp } from './listen.ts'

const defaults = { port: 9376, http: true, tcp: false, udp: false, sctp: false, close: false }

/** `agnhost serve-hostname`: tells its host name over HTTP, or over bare TCP or UDP. */
export function serveHostname(argv: readonly string[]): void {
  const { flags } = parseFlags(argv, defaults)
  const { port } = flags
  if (flags.sctp) process.stderr.write('--sctp is not served: this stand-in for agnhost has no SCTP sockets\n')
  if (flags.udp) serveUdp(port, () => hostname())
  if (flags.tcp) {
    const server = createTcpServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.write(`${hostname()}\n`)
      if (flags.close) socket.end()
    })
    server.once('error', fail)
    server.listen(port)
    return
  }
  if (!flags.http || flags.udp) return
  const server = createHttpServer((_request, response) => response.end(hostname()))
  server.once('error', fail)
  server.listen(port)
}
