import { PassThrough, Writable } from 'node:stream'
import type { ExitStatus, HostProcess } from '../../../cluster/host.ts'
import { PacketproofError } from '../../../errors.ts'
import { CHANNEL, type HostRequest, type HostStatus } from '../server/host-protocol.ts'
import { errorOf } from './host-access.ts'
import type { HostStream, StreamListener } from './host-connection.ts'

/** A command on a host, seen from the harness. */
export class RemoteProcess implements HostProcess, StreamListener {
  readonly argv: readonly string[]
  readonly stdin: Writable
  readonly stdout = new PassThrough()
  readonly stderr = new PassThrough()
  readonly exited: Promise<ExitStatus>
  readonly #started: Promise<void>
  #settle: {
    started: () => void
    notStarted: (error: Error) => void
    exited: (exit: ExitStatus) => void
    lost: (error: Error) => void
  }
  #stream: HostStream | undefined

  constructor(argv: readonly string[]) {
    this.argv = argv
    const ignore = (): void => undefined
    this.#settle = { started: ignore, notStarted: ignore, exited: ignore, lost: ignore }
    this.#started = new Promise((resolve, reject) => {
      this.#settle = { ...this.#settle, started: resolve, notStarted: reject }
    })
    this.exited = new Promise((resolve, reject) => {
      this.#settle = { ...this.#settle, exited: resolve, lost: reject }
    })
    // Whoever started a process need not wait for its end.
    this.exited.catch(ignore)
    this.#started.catch(ignore)
    this.stdin = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (this.#stream === undefined) done(new PacketproofError('E_EXEC_FAILED', 'the process has not been started'))
        else this.#stream.sendAndWait(CHANNEL.stdin, chunk, done)
      },
      final: (done) => {
        this.#stream?.send(CHANNEL.stdinEnd, '')
        done()
      },
    })
    this.stdin.on('error', ignore)
  }

  /** Resolves once the command has been started. Aborting kills it. */
  async begin(stream: HostStream, request: HostRequest, signal: AbortSignal | undefined): Promise<void> {
    this.#stream = stream
    const abort = (): void => stream.send(CHANNEL.signal, 'SIGKILL')
    stream.send(CHANNEL.request, JSON.stringify(request))
    signal?.addEventListener('abort', abort, { once: true })
    const forget = (): void => signal?.removeEventListener('abort', abort)
    this.exited.then(forget, forget)
    await this.#started.catch((error: unknown) => {
      forget()
      throw error
    })
  }

  kill(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.#stream?.send(CHANNEL.signal, signal)
    return Promise.resolve()
  }

  onFrame(channel: number, payload: Buffer): void {
    if (channel === CHANNEL.stdout) this.stdout.write(payload)
    else if (channel === CHANNEL.stderr) this.stderr.write(payload)
    else if (channel === CHANNEL.status) this.#onStatus(JSON.parse(payload.toString()) as HostStatus)
  }

  onLost(error: PacketproofError): void {
    this.#settle.notStarted(error)
    this.#finish()
    this.#settle.lost(error)
  }

  #onStatus(status: HostStatus): void {
    if (status.status === 'started') this.#settle.started()
    else if (status.status === 'failed') {
      this.#settle.notStarted(errorOf(status))
      this.#finish()
    } else if (status.status === 'exited') {
      this.#finish()
      this.#settle.exited({ exitCode: status.exitCode, signal: status.signal })
    }
  }

  #finish(): void {
    this.stdout.end()
    this.stderr.end()
    this.#stream?.close()
  }
}
