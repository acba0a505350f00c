import { constants } from 'node:os'
import { PassThrough, Writable } from 'node:stream'
import type { ExitStatus, HostProcess } from '../../cluster/host.ts'
import { PacketproofError } from '../../errors.ts'
import type { ExecEvents, ExecSocket } from './exec-socket.ts'
import { MarkedStream } from './marked-stream.ts'

/** What a wrapper says before the command itself has begun. */
export type Start = 'started' | 'stale'

/** In one frame of at most this many bytes of input; as base64 it must fit into a line that a shell reads. */
const LINE_BYTES = 24 * 1024
const FRAME_BYTES = 256 * 1024

/** A command in a pod of ours, behind its wrapper. */
export class ExecProcess implements HostProcess, ExecEvents {
  readonly argv: readonly string[]
  readonly stdin: Writable
  readonly stdout = new PassThrough()
  readonly stderr = new PassThrough()
  readonly exited: Promise<ExitStatus>
  readonly started: Promise<Start>
  readonly #out: MarkedStream
  readonly #err: MarkedStream
  readonly #killGroup: (pid: number, signal: string) => Promise<void>
  #settleStarted: { resolve: (start: Start) => void; reject: (error: Error) => void } | undefined
  #settleExited: { resolve: (exit: ExitStatus) => void; reject: (error: Error) => void } | undefined
  #socket: ExecSocket | undefined
  #pid: number | undefined
  #exitCode: number | undefined
  #outEnded = false

  constructor(
    argv: readonly string[],
    mark: string,
    inputBytes: number | 'lines',
    killGroup: (pid: number, signal: string) => Promise<void>,
  ) {
    this.argv = argv
    this.#killGroup = killGroup
    this.started = new Promise((resolve, reject) => (this.#settleStarted = { resolve, reject }))
    this.exited = new Promise((resolve, reject) => (this.#settleExited = { resolve, reject }))
    // Whoever started a process need not wait for its end.
    this.exited.catch(() => undefined)
    this.started.catch(() => undefined)
    this.#out = new MarkedStream(
      mark,
      (chunk) => this.stdout.write(chunk),
      (words) => this.#onWords(words),
    )
    this.#err = new MarkedStream(
      mark,
      (chunk) => this.stderr.write(chunk),
      (words) => this.#onWords(words),
    )
    this.stdin =
      inputBytes === 'lines' ? this.#lineInput() : new Writable({ write: (_chunk, _encoding, done) => done() })
    this.stdin.on('error', () => undefined)
  }

  /** @param input all of it, when its length was told to the wrapper */
  begin(socket: ExecSocket, input: Buffer | undefined): void {
    this.#socket = socket
    for (let at = 0; input !== undefined && at < input.length; at += FRAME_BYTES) {
      socket.write(input.subarray(at, at + FRAME_BYTES), () => undefined)
    }
  }

  async kill(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.#pid === undefined || this.#exitCode !== undefined) return
    await this.#killGroup(this.#pid, signal)
  }

  onStdout(chunk: Buffer): void {
    this.#out.push(chunk)
  }

  onStderr(chunk: Buffer): void {
    this.#err.push(chunk)
  }

  onClose(status: string | undefined): void {
    const said = status === undefined ? '' : `: ${status}`
    const lost = new PacketproofError(
      'E_EXEC_FAILED',
      `the connection to "${this.argv[0]}" was lost before it had ended${said}`,
    )
    this.#settleStarted?.reject(lost)
    this.#finish()
    this.#settleExited?.reject(lost)
  }

  #onWords([word, value]: readonly string[]): void {
    if (word === 'pid') {
      this.#pid = Number(value)
      this.#settleStarted?.resolve('started')
    } else if (word === 'stale') this.#settleStarted?.resolve('stale')
    else if (word === 'missing' || word === 'forbidden') this.#settleStarted?.reject(this.#notStarted(word))
    else if (word === 'exit') this.#exitCode = Number(value)
    else if (word === 'end') this.#outEnded = true
    if (this.#outEnded && this.#exitCode !== undefined) {
      this.#finish()
      this.#settleExited?.resolve(statusOf(this.#exitCode))
    }
    // A wrapper that did not come to the command ends by itself.
  }

  #notStarted(word: 'missing' | 'forbidden'): PacketproofError {
    const why = word === 'missing' ? 'no such program in PATH' : 'not executable'
    return new PacketproofError('E_EXEC_FAILED', `could not start "${this.argv[0]}": ${why}`)
  }

  #finish(): void {
    this.#out.flush()
    this.#err.flush()
    this.stdout.end()
    this.stderr.end()
    this.#socket?.close()
  }

  /** Input whose length nobody knows yet: base64, line by line. */
  #lineInput(): Writable {
    const send = (text: string, done: (error?: Error | null) => void): void => {
      if (this.#socket === undefined) done(new PacketproofError('E_EXEC_FAILED', 'the process has not been started'))
      else this.#socket.write(Buffer.from(text), done)
    }
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        const lines: string[] = []
        for (let at = 0; at < chunk.length; at += LINE_BYTES) {
          lines.push(`${chunk.subarray(at, at + LINE_BYTES).toString('base64')}\n`)
        }
        send(lines.join(''), done)
      },
      final: (done) => send('.\n', done),
    })
  }
}

/** A shell tells the end by a signal as 128 and its number. */
function statusOf(code: number): ExitStatus {
  const name = Object.entries(constants.signals).find(([, number]) => code === 128 + number)?.[0]
  return name === undefined ? { exitCode: code, signal: null } : { exitCode: null, signal: name }
}
