import { agentArgv } from '../../../cluster/agent-argv.ts'
import { messageOf, PacketproofError } from '../../../errors.ts'
import type { SpawnedProcess } from '../fabric/types.ts'
import type { HostDirectory } from './host-directory.ts'
import { CHANNEL, type Frame, type HostRequest, type HostStatus } from './host-protocol.ts'

/** How a session talks back; `send` tells when the bytes have left, for back pressure. */
export interface FrameSink {
  send(stream: number, channel: number, payload: Buffer | string, onSent?: () => void): void
  /** Whether more is waiting to leave than should. */
  isFull(): boolean
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGKILL']

/** The commands of one connection: when it ends, they end. */
export class HostSession {
  readonly #hosts: HostDirectory
  readonly #sink: FrameSink
  readonly #processes = new Map<number, SpawnedProcess>()
  readonly #writes = new Map<number, { readonly request: HostRequest & { kind: 'write' }; readonly chunks: Buffer[] }>()

  constructor(hosts: HostDirectory, sink: FrameSink) {
    this.#hosts = hosts
    this.#sink = sink
  }

  handle(frame: Frame): void {
    switch (frame.channel) {
      case CHANNEL.request:
        this.#attempt(frame.stream, () =>
          this.#begin(frame.stream, JSON.parse(frame.payload.toString()) as HostRequest),
        )
        break
      case CHANNEL.stdin:
        this.#writes.get(frame.stream)?.chunks.push(frame.payload)
        this.#processes.get(frame.stream)?.stdin.write(frame.payload)
        break
      case CHANNEL.stdinEnd:
        this.#attempt(frame.stream, () => this.#endInput(frame.stream))
        break
      case CHANNEL.signal: {
        const signal = SIGNALS.find((name) => name === frame.payload.toString())
        if (signal !== undefined) this.#processes.get(frame.stream)?.kill(signal)
        break
      }
      default:
    }
  }

  close(): void {
    for (const running of this.#processes.values()) running.kill('SIGKILL')
    this.#processes.clear()
  }

  #begin(stream: number, request: HostRequest): void {
    if (request.kind === 'write') this.#writes.set(stream, { request, chunks: [] })
    else if (request.kind === 'read') {
      this.#sink.send(stream, CHANNEL.stdout, this.#hosts.readFile(request.target, request.path))
      this.#report(stream, { status: 'done' })
    } else this.#spawn(stream, request)
  }

  #spawn(stream: number, request: HostRequest & { kind: 'spawn' }): void {
    const argv = request.isAgent === true ? agentArgv(request.argv) : request.argv
    const running = this.#hosts.spawn(request.target, argv, {
      ...(request.uid === undefined ? {} : { uid: request.uid, gid: request.uid }),
      ...(request.env === undefined ? {} : { env: request.env }),
    })
    this.#processes.set(stream, running)
    this.#report(stream, { status: 'started' })
    this.#forward(stream, CHANNEL.stdout, running.stdout)
    this.#forward(stream, CHANNEL.stderr, running.stderr)
    void this.#reportEnd(stream, running)
  }

  async #reportEnd(stream: number, running: SpawnedProcess): Promise<void> {
    const exit = await running.exited
    this.#processes.delete(stream)
    this.#report(stream, { status: 'exited', ...exit })
  }

  #forward(stream: number, channel: number, output: SpawnedProcess['stdout']): void {
    output.on('data', (chunk: Buffer) => {
      this.#sink.send(stream, channel, chunk, () => {
        if (output.isPaused() && !this.#sink.isFull()) output.resume()
      })
      if (this.#sink.isFull()) output.pause()
    })
  }

  #endInput(stream: number): void {
    this.#processes.get(stream)?.stdin.end()
    const write = this.#writes.get(stream)
    if (write === undefined) return
    this.#writes.delete(stream)
    this.#hosts.writeFile(write.request.target, write.request.path, Buffer.concat(write.chunks))
    this.#report(stream, { status: 'done' })
  }

  #attempt(stream: number, work: () => void): void {
    try {
      work()
    } catch (error) {
      const isOurs = error instanceof PacketproofError
      this.#report(stream, {
        status: 'failed',
        code: isOurs ? error.code : 'E_EXEC_FAILED',
        message: messageOf(error),
        ...(isOurs && error.hint !== undefined ? { hint: error.hint } : {}),
      })
    }
  }

  #report(stream: number, status: HostStatus): void {
    this.#sink.send(stream, CHANNEL.status, JSON.stringify(status))
  }
}
