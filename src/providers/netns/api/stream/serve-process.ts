import type { Readable } from 'node:stream'
import type { WebSocket } from 'ws'
import type { SpawnedProcess } from '../../fabric/types.ts'
import { channels, frame } from './channels.ts'
import { execStatusOf } from './exec-status.ts'

export interface ServeProcessOptions {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  /** Ends the stream and the process. */
  readonly signal?: AbortSignal
}

const HIGH_WATER_BYTES = 1024 * 1024
/** How long output may be idle after the process has ended, when a process it left behind still holds its streams. */
const LINGER_MS = 500
const NORMAL_CLOSURE = 1000

/**
 * Speaks the Kubernetes exec protocol (`v4.channel.k8s.io`, and `v5` with its closing of stdin) on a WebSocket that is open:
 * stdin, stdout and stderr in binary channels 0 to 2, at last a Status with the exit code on channel 3. A process whose client
 * goes away is killed. Resolves once the exchange is over.
 */
export async function serveProcess(
  socket: WebSocket,
  process: SpawnedProcess,
  options: ServeProcessOptions,
): Promise<void> {
  let isOver = false
  const end = (): void => {
    if (isOver) return
    isOver = true
    process.kill('SIGKILL')
  }
  const abort = (): void => {
    socket.terminate()
    end()
  }
  socket.on('close', end)
  socket.on('error', end)
  options.signal?.addEventListener('abort', abort, { once: true })
  receiveStdin(socket, process, options.stdin)
  const outputs = [
    pipeOutput(socket, process.stdout, options.stdout ? channels.stdout : undefined),
    pipeOutput(socket, process.stderr, options.stderr ? channels.stderr : undefined),
  ]
  try {
    const status = await process.exited
    await Promise.all(outputs.map((output) => output.finish()))
    isOver = true
    socket.send(frame(channels.error, JSON.stringify(execStatusOf(status))))
    socket.close(NORMAL_CLOSURE)
  } finally {
    options.signal?.removeEventListener('abort', abort)
  }
}

function receiveStdin(socket: WebSocket, { stdin }: SpawnedProcess, isWanted: boolean): void {
  // A process that ends without reading its input is no fault of anyone's.
  stdin.on('error', () => undefined)
  if (!isWanted) stdin.end()
  socket.on('message', (data) => {
    const message = Buffer.isBuffer(data)
      ? data
      : Buffer.concat([data].flat().map((part) => Buffer.from(part as ArrayBuffer)))
    const [channel, closed] = message
    if (!isWanted || stdin.writableEnded) return
    if (channel === channels.close && closed === channels.stdin) stdin.end()
    if (channel !== channels.stdin || message.length < 2) return
    if (stdin.write(message.subarray(1))) return
    socket.pause()
    stdin.once('drain', () => socket.resume())
    stdin.once('close', () => socket.resume())
  })
}

interface Output {
  /** Resolves when the stream has ended, or lies idle. */
  finish(): Promise<void>
}

function pipeOutput(socket: WebSocket, stream: Readable, channel: number | undefined): Output {
  let lastDataAt = performance.now()
  socket.on('close', () => stream.resume())
  const ended = new Promise<void>((resolve) => {
    stream.once('end', resolve)
    stream.once('close', resolve)
    stream.once('error', () => resolve())
  })
  stream.on('data', (data: Buffer) => {
    lastDataAt = performance.now()
    if (channel === undefined || socket.readyState !== socket.OPEN) return
    socket.send(frame(channel, data), () => {
      if (stream.isPaused() && socket.bufferedAmount < HIGH_WATER_BYTES) stream.resume()
    })
    if (socket.bufferedAmount >= HIGH_WATER_BYTES) stream.pause()
  })
  return {
    async finish() {
      let timer: NodeJS.Timeout | undefined
      const exitedAt = performance.now()
      const idle = new Promise<void>((resolve) => {
        const look = (): void => {
          const idleSince = Math.max(lastDataAt, exitedAt)
          if (!stream.isPaused() && performance.now() - idleSince >= LINGER_MS) resolve()
          else timer = setTimeout(look, LINGER_MS / 4)
        }
        timer = setTimeout(look, LINGER_MS)
      })
      await Promise.race([ended, idle])
      clearTimeout(timer)
      stream.removeAllListeners('data')
      stream.resume()
    },
  }
}
