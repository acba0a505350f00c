import { createServer, type Server, type Socket } from 'node:net'
import type { Endpoint } from '../../../../helpers/linux/socket-address.ts'
import { openTcpSocket } from '../../../../helpers/linux/tcp-socket.ts'
import { messageOf } from '../../../errors.ts'
import { type ConnectionRecord, type Direction, endpointText } from './connection-record.ts'
import { LoopGuard } from './loop-guard.ts'
import { connectOnward, openOnward } from './onward.ts'
import { originalDestinationOf } from './original-destination.ts'
import type { ProxyOptions } from './proxy-options.ts'
import { relay } from './relay.ts'

/** The transparent proxy of a pod: what is accepted at one of its two ports goes on to where it was bound. */
export class TransparentProxy {
  readonly #options: ProxyOptions
  readonly #record: (record: ConnectionRecord) => void
  readonly #route: (destination: Endpoint) => Promise<Endpoint>
  readonly #loops = new LoopGuard()
  readonly #open = new Set<Socket>()
  readonly #servers: Server[] = []

  /**
   * @param record told of each connection when it has ended.
   * @param route where an outgoing connection to this destination goes: a Service's has an endpoint.
   */
  constructor(
    options: ProxyOptions,
    record: (record: ConnectionRecord) => void,
    route: (destination: Endpoint) => Promise<Endpoint> = async (destination) => await Promise.resolve(destination),
  ) {
    this.#options = options
    this.#record = record
    this.#route = route
  }

  /** How many connections are open. */
  get openCount(): number {
    return this.#open.size
  }

  /** @throws SystemCallError when a port is taken, or TPROXY is not permitted. */
  async listen(families: readonly (4 | 6)[]): Promise<void> {
    for (const family of families) {
      await this.#listenAt(family, this.#options.outboundPort, 'outbound')
      await this.#listenAt(family, this.#options.inboundPort, 'inbound')
    }
  }

  /** Stops listening, and resets what is open. */
  close(): void {
    for (const server of this.#servers) server.close()
    for (const socket of this.#open) socket.resetAndDestroy()
  }

  async #listenAt(family: 4 | 6, port: number, direction: Direction): Promise<void> {
    const fd = openTcpSocket({
      family,
      from: { address: family === 4 ? '0.0.0.0' : '::', port },
      transparent: direction === 'inbound' && this.#options.mode === 'TPROXY',
    })
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      void this.#serve(socket, direction)
    })
    this.#servers.push(server)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ fd }, () => resolve())
    })
  }

  async #serve(peer: Socket, direction: Direction): Promise<void> {
    const startedAt = new Date()
    const ends = {
      peer: endpointText({ address: peer.remoteAddress, port: peer.remotePort }),
      local: endpointText({ address: peer.localAddress, port: peer.localPort }),
    }
    this.#open.add(peer)
    // Until the relay listens: a peer that has gone is found out about by writing to it.
    peer.on('error', () => undefined)
    const passed = await this.#passOn(peer, direction).catch((error: NodeJS.ErrnoException) => {
      peer.resetAndDestroy()
      return { original: undefined, source: '', target: undefined, error: error.code ?? messageOf(error) }
    })
    this.#open.delete(peer)
    this.#record({
      event: 'connection',
      time: startedAt.toISOString(),
      direction,
      original: passed.original === undefined ? '' : endpointText(passed.original),
      peer: ends.peer,
      local: ends.local,
      source: passed.source,
      target: passed.target === undefined ? '' : endpointText(passed.target),
      bytesReceived: peer.bytesRead,
      bytesSent: peer.bytesWritten,
      durationMs: Date.now() - startedAt.getTime(),
      ...(passed.error !== undefined && { error: passed.error }),
    })
  }

  async #passOn(peer: Socket, direction: Direction): Promise<Passed> {
    const original = this.#originalOf(peer, direction)
    const refuse = (error: string): Passed => {
      peer.resetAndDestroy()
      return { original, source: '', error }
    }
    if (original === undefined) return refuse('no original destination: the connection was not led here by a rule')
    if (this.#isOwnPort(original, peer)) return refuse('loop: it was made to the port of this proxy itself')
    if (this.#loops.isLoop(peer, direction)) return refuse("loop: it is the proxy's own connection")
    if (this.#open.size > this.#options.maxConnections) {
      return refuse(`turned away: ${this.#options.maxConnections} connections are open already`)
    }
    try {
      const target = direction === 'outbound' ? await this.#route(original) : original
      const onward = openOnward(direction, target, peer.remoteAddress ?? '', this.#options)
      this.#loops.add(onward, direction)
      await connectOnward(onward, target, this.#options.connectTimeoutMs)
      const source = endpointText({ address: onward.localAddress, port: onward.localPort })
      const error = await relay(peer, onward)
      return { original, source, target, error }
    } catch (error) {
      return refuse((error as NodeJS.ErrnoException).code ?? messageOf(error))
    }
  }

  /** Under TPROXY a connection keeps its destination, and the accepted socket's own address is it. */
  #originalOf(peer: Socket, direction: Direction): Endpoint | undefined {
    if (direction === 'outbound' || this.#options.mode === 'REDIRECT') return originalDestinationOf(peer)
    if (peer.localAddress === undefined || peer.localPort === undefined) return undefined
    if (peer.localPort === this.#options.inboundPort) return originalDestinationOf(peer)
    return { address: peer.localAddress, port: peer.localPort }
  }

  #isOwnPort(original: Endpoint, peer: Socket): boolean {
    const isHere = original.address === peer.localAddress
    return isHere && [this.#options.inboundPort, this.#options.outboundPort].includes(original.port)
  }
}

interface Passed {
  readonly original: Endpoint | undefined
  readonly source: string
  readonly target?: Endpoint
  readonly error: string | undefined
}
