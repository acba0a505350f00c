import { createSocket, type Socket } from 'node:dgram'
import { closeSync } from 'node:fs'
import { familyOf } from '../../../helpers/cidr.ts'
import { keepIcmpErrors, takeIcmpError } from '../../../helpers/linux/icmp-errors.ts'
import { bindSocket, connectSocket, openSocket, sendDatagram } from '../../../helpers/linux/sockets.ts'
import {
  type Attempt,
  type AttemptEnd,
  type AttemptEvents,
  type AttemptSpec,
  endOfError,
  endOfIcmpError,
} from './attempt.ts'

/**
 * Sends `echo NONCE`, and once that has come back, `hostname` (agnhost's netexec answers both, and so does packetproof/server).
 * @throws SystemCallError what the kernel refuses at once.
 */
export function startDatagramAttempt(spec: AttemptSpec, events: AttemptEvents): Attempt {
  const family = familyOf(spec.address)
  const fd = openSocket('udp', family)
  try {
    bindSocket(fd, family === 4 ? '0.0.0.0' : '::', spec.sourcePort)
    // Only a connected socket hears of "port unreachable".
    keepIcmpErrors(fd, family)
    connectSocket(fd, spec.address, spec.port)
    sendDatagram(fd, `echo ${spec.nonce}`)
    // Node.js receives on it; it would send only after a look-up and a connect(2) of its own.
    const socket = createSocket(family === 4 ? 'udp4' : 'udp6')
    const attempt = new DatagramAttempt(socket, fd, spec, events)
    socket.bind({ fd })
    return attempt
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

class DatagramAttempt implements Attempt {
  readonly #socket: Socket
  readonly #fd: number
  readonly #spec: AttemptSpec
  readonly #events: AttemptEvents
  #hasEnded = false
  #echo: string | undefined

  constructor(socket: Socket, fd: number, spec: AttemptSpec, events: AttemptEvents) {
    this.#socket = socket
    this.#fd = fd
    this.#spec = spec
    this.#events = events
    socket.on('error', (error) => this.#onError(error))
    socket.on('message', (data) => this.#onMessage(data.toString('utf8').trimEnd()))
  }

  check(): void {
    if (this.#hasEnded || this.#echo !== undefined) return
    const error = takeIcmpError(this.#fd)
    if (error !== undefined) this.#end(endOfIcmpError(error, this.#spec.address, 'udp'))
  }

  abandon(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#socket.close()
  }

  conclusion(): AttemptEnd | undefined {
    return this.#echo === undefined ? undefined : this.#reached(undefined)
  }

  #onMessage(text: string): void {
    if (this.#hasEnded) return
    if (this.#echo !== undefined) {
      this.#end(this.#reached(text))
      return
    }
    this.#echo = text
    this.#events.onAlive()
    if (text !== this.#spec.nonce) this.#end(this.#reached(undefined))
    else this.#ask('hostname')
  }

  #ask(question: string): void {
    try {
      sendDatagram(this.#fd, question)
    } catch (error) {
      this.#onError(error as Error)
    }
  }

  #onError(error: Error): void {
    this.check()
    this.#end(this.#echo === undefined ? endOfError(error) : this.#reached(undefined))
  }

  #reached(name: string | undefined): AttemptEnd {
    const isVerified = this.#echo === this.#spec.nonce
    return {
      outcome: 'ok',
      detail: 'answered',
      isVerified,
      ...(isVerified && name !== undefined && { answeredBy: name }),
    }
  }

  #end(end: AttemptEnd): void {
    if (this.#hasEnded) return
    this.abandon()
    this.#events.onEnd(end)
  }
}
