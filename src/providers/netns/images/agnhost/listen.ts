import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram'

/** `ADDRESS:PORT` of a peer, an IPv4 peer of a dual-stack socket in its own notation. */
export function formatPeer(address: string | undefined, port: number | undefined): string {
  const plain = (address ?? '').replace(/^::ffff:(?=\d+\.)/, '')
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`
}

/** Answers datagrams on every address of both families; `answer` returns undefined for no reply. */
export function serveUdp(port: number, answer: (message: string, peer: string) => string | undefined): void {
  const listen = (type: 'udp4' | 'udp6', onError: (error: Error) => void): void => {
    const socket = createSocket({ type, reuseAddr: false })
    socket.once('error', onError)
    socket.on('message', (data, peer) =>
      reply(socket, peer, answer(data.toString('utf8'), formatPeer(peer.address, peer.port))),
    )
    socket.bind(port)
  }
  // Where IPv6 is off there is no dual-stack socket.
  listen('udp6', () => listen('udp4', fail))
}

function reply(socket: UdpSocket, peer: RemoteInfo, text: string | undefined): void {
  if (text !== undefined) socket.send(text, peer.port, peer.address)
}

/** A server that cannot listen ends the program, as upstream's does. */
export function fail(error: Error): never {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}
