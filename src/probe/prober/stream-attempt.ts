import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import { familyOf } from '../../../helpers/cidr.ts'
import { keepIcmpErrors, takeIcmpError } from '../../../helpers/linux/icmp-errors.ts'
import { bindSocket, connectSocket, openSocket } from '../../../helpers/linux/sockets.ts'
import {
  type Attempt,
  type AttemptEnd,
  type AttemptEvents,
  type AttemptSpec,
  endOfError,
  endOfIcmpError,
} from './attempt.ts'
import { httpBodies } from './http-bodies.ts'

/**
 * Connects, and asks over HTTP for an echo of the nonce and for the server's name (agnhost's netexec answers both, and so does
 * packetproof/server). The connection is ended with a reset: neither side keeps state of it.
 * @throws SystemCallError what the kernel refuses at once.
 */
export function startStreamAttempt(kind: 'tcp' | 'sctp', spec: AttemptSpec, events: AttemptEvents): Attempt {
  const family = familyOf(spec.address)
  const fd = openSocket(kind, family)
  try {
    bindSocket(fd, family === 4 ? '0.0.0.0' : '::', spec.sourcePort)
    keepIcmpErrors(fd, family)
    connectSocket(fd, spec.address, spec.port)
  } catch (error) {
    closeSync(fd)
    throw error
  }
  return new StreamAttempt(fd, spec, events)
}

class StreamAttempt implements Attempt {
  readonly #socket: Socket
  readonly #fd: number
  readonly #spec: AttemptSpec
  readonly #events: AttemptEvents
  #isConnected = false
  #hasEnded = false
  #received = ''

  constructor(fd: number, spec: AttemptSpec, events: AttemptEvents) {
    const socket = new Socket({ fd, readable: true, writable: true })
    this.#socket = socket
    this.#fd = fd
    this.#spec = spec
    this.#events = events
    socket.setEncoding('latin1')
    socket.on('error', (error: NodeJS.ErrnoException) => this.#onError(error))
    socket.on('data', (chunk) => this.#onData(String(chunk)))
    socket.on('end', () => this.#onClose())
    socket.on('close', () => this.#onClose())
    // The kernel takes the request once the connection stands.
    socket.write(requestOf(spec), (error) => {
      if (error === undefined || error === null) this.#onConnected()
    })
  }

  check(): void {
    if (this.#hasEnded || this.#isConnected || this.#socket.destroyed) return
    const error = takeIcmpError(this.#fd)
    if (error !== undefined) this.#end(endOfIcmpError(error, this.#spec.address, 'stream'))
  }

  abandon(): void {
    this.#hasEnded = true
    this.#socket.resetAndDestroy()
  }

  conclusion(): AttemptEnd | undefined {
    if (!this.#isConnected) return undefined
    const [echo, name] = httpBodies(this.#received, false) ?? []
    return this.#reached(echo, name, 'connected')
  }

  #onConnected(): void {
    if (this.#hasEnded || this.#isConnected || this.#socket.destroyed) return
    this.#isConnected = true
    this.#events.onAlive()
  }

  #onData(chunk: string): void {
    this.#onConnected()
    this.#received += chunk
    const bodies = httpBodies(this.#received, false)
    if (bodies === undefined) this.#end(this.#reached(undefined, undefined, 'connected; the server speaks no HTTP'))
    else if (bodies.length >= 2) this.#end(this.#reached(bodies[0], bodies[1], 'answered'))
  }

  #onClose(): void {
    if (this.#hasEnded) return
    if (!this.#isConnected) {
      this.#end({ outcome: 'error', detail: 'the socket was closed before it was connected', isVerified: false })
      return
    }
    const [echo, name] = httpBodies(this.#received, true) ?? []
    this.#end(this.#reached(echo, name, 'connected; the server closed the connection'))
  }

  #onError(error: NodeJS.ErrnoException): void {
    if (this.#isConnected) this.#end(this.#reached(undefined, undefined, `connected, then ${error.message}`))
    this.check()
    this.#end(endOfError(error))
  }

  #reached(echo: string | undefined, name: string | undefined, detail: string): AttemptEnd {
    const isVerified = echo === this.#spec.nonce
    return { outcome: 'ok', detail, isVerified, ...(isVerified && name !== undefined && { answeredBy: name }) }
  }

  #end(end: AttemptEnd): void {
    if (this.#hasEnded) return
    this.abandon()
    this.#events.onEnd(end)
  }
}

function requestOf({ address, port, nonce }: AttemptSpec): string {
  const host = `Host: ${address.includes(':') ? `[${address}]` : address}:${port}\r\n`
  return `GET /echo?msg=${nonce} HTTP/1.1\r\n${host}\r\nGET /hostname HTTP/1.1\r\n${host}Connection: close\r\n\r\n`
}
