import { WebSocket } from 'ws'
import { PacketproofError } from '../../../errors.ts'
import { decodeFrame, encodeFrame, HOSTS_PATH } from '../server/host-protocol.ts'

/** Where the other end listens: `wss:` with a certificate and a token, or `ws+unix:` with the permissions of the socket's file. */
export interface ConnectionParts {
  readonly url: string
  readonly token?: string
  readonly certificatePem?: string
}

/** What a stream's owner is told. */
export interface StreamListener {
  onFrame(channel: number, payload: Buffer): void
  onLost(error: PacketproofError): void
}

/** The one connection to the cluster server that all commands on hosts share; opened when first needed. */
export class HostConnection {
  readonly #parts: ConnectionParts
  readonly #streams = new Map<number, StreamListener>()
  #socket: Promise<WebSocket> | undefined
  #nextStream = 1
  #closedBecause: string | undefined

  constructor(parts: ConnectionParts) {
    this.#parts = parts
  }

  async open(listener: StreamListener): Promise<HostStream> {
    if (this.#closedBecause !== undefined) throw lost(this.#closedBecause)
    this.#socket ??= this.#connect()
    const socket = await this.#socket
    const stream = this.#nextStream
    this.#nextStream += 1
    this.#streams.set(stream, listener)
    return {
      send: (channel, payload) => {
        if (socket.readyState === socket.OPEN) socket.send(encodeFrame(stream, channel, payload))
      },
      sendAndWait: (channel, payload, done) => {
        if (socket.readyState === socket.OPEN) socket.send(encodeFrame(stream, channel, payload), done)
        else done(lost('the connection is closed'))
      },
      close: () => this.#streams.delete(stream),
    }
  }

  /** @param why what commands are told from now on. */
  close(why: string): void {
    this.#closedBecause ??= why
    this.#socket?.then((socket) => socket.terminate()).catch(() => undefined)
    this.#loseAll(this.#closedBecause)
  }

  async #connect(): Promise<WebSocket> {
    const { url, token, certificatePem } = this.#parts
    const socket = new WebSocket(`${url}${HOSTS_PATH}`, {
      ...(certificatePem !== undefined && { ca: certificatePem }),
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
      perMessageDeflate: false,
      maxPayload: 2 ** 30,
    })
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', (cause) => {
        this.#socket = undefined
        reject(lost('it could not be reached', cause))
      })
    })
    socket.on('error', () => undefined)
    socket.on('message', (data) => {
      const frame = decodeFrame(data as Buffer)
      if (frame !== undefined) this.#streams.get(frame.stream)?.onFrame(frame.channel, frame.payload)
    })
    socket.once('close', () => {
      this.#socket = undefined
      this.#loseAll('the connection to it was lost')
    })
    return socket
  }

  #loseAll(why: string): void {
    const streams = [...this.#streams.values()]
    this.#streams.clear()
    for (const stream of streams) stream.onLost(lost(why))
  }
}

export interface HostStream {
  send(channel: number, payload: Buffer | string): void
  sendAndWait(channel: number, payload: Buffer | string, done: (error?: Error | null) => void): void
  close(): void
}

function lost(why: string, cause?: unknown): PacketproofError {
  return new PacketproofError('E_EXEC_FAILED', `no command can be run on the cluster's hosts: ${why}`, { cause })
}
