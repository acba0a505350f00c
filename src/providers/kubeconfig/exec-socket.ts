import type { IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { KubeConfig } from '@kubernetes/client-node'
import { WebSocket } from 'ws'
import { messageOf, PacketproofError } from '../../errors.ts'

/** Channels of `v4.channel.k8s.io`; 3 carries a Status once the command has ended. */
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3 } as const
const CONNECT_TIMEOUT_MS = 20_000
const TRIES = 3

export interface ExecEvents {
  onStdout(chunk: Buffer): void
  onStderr(chunk: Buffer): void
  /** The connection has ended. @param status the API's last word, when there was one */
  onClose(status: string | undefined): void
}

export interface ExecSocket {
  write(chunk: Buffer, done: (error?: Error | null) => void): void
  close(): void
}

export interface ExecPlace {
  readonly namespace: string
  readonly pod: string
  readonly container: string
}

/** Makes the connection again when it was refused for a passing reason: the command has not been started then. @throws PacketproofError E_EXEC_FAILED */
export async function openExecSocket(
  config: KubeConfig,
  place: ExecPlace,
  argv: readonly string[],
  events: ExecEvents,
): Promise<ExecSocket> {
  let problem: unknown
  for (let attempt = 0; attempt < TRIES; attempt++) {
    try {
      return await connect(config, place, argv, events)
    } catch (error) {
      problem = error
      if (error instanceof RefusedError && !error.isPassing) break
    }
  }
  throw new PacketproofError('E_EXEC_FAILED', `no command can be run in the pod ${place.pod}: ${messageOf(problem)}`, {
    cause: problem,
  })
}

class RefusedError extends Error {
  readonly isPassing: boolean
  constructor(status: number, message: string) {
    super(`${status}: ${message}`)
    this.isPassing = status === 429 || status >= 500
  }
}

async function connect(
  config: KubeConfig,
  place: ExecPlace,
  argv: readonly string[],
  events: ExecEvents,
): Promise<ExecSocket> {
  const server = config.getCurrentCluster()?.server ?? ''
  const query = new URLSearchParams([
    ['container', place.container],
    ['stdin', 'true'],
    ['stdout', 'true'],
    ['stderr', 'true'],
    ...argv.map((word) => ['command', word]),
  ] as [string, string][])
  const path = `/api/v1/namespaces/${encodeURIComponent(place.namespace)}/pods/${encodeURIComponent(place.pod)}/exec`
  const options: WebSocket.ClientOptions = {}
  await config.applyToHTTPSOptions(options)
  const socket = new WebSocket(
    `${server.replace(/^http/, 'ws').replace(/\/$/, '')}${path}?${query.toString()}`,
    ['v4.channel.k8s.io'],
    {
      ...options,
      handshakeTimeout: CONNECT_TIMEOUT_MS,
      perMessageDeflate: false,
    },
  )
  let status: string | undefined
  socket.on('message', (data: Buffer) => {
    const payload = data.subarray(1)
    if (data[0] === CHANNEL.stdout) events.onStdout(payload)
    else if (data[0] === CHANNEL.stderr) events.onStderr(payload)
    else if (data[0] === CHANNEL.status) status = payload.toString()
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
    socket.once('unexpected-response', (_request, response: IncomingMessage) => {
      void buffer(response).then(
        (body) => reject(new RefusedError(response.statusCode ?? 0, messageIn(body.toString()))),
        reject,
      )
    })
  })
  socket.on('error', () => undefined)
  socket.once('close', () => events.onClose(status))
  return {
    write: (chunk, done) =>
      socket.send(Buffer.concat([Buffer.of(CHANNEL.stdin), chunk]), (error) => done(error ?? null)),
    close: () => socket.close(),
  }
}

function messageIn(body: string): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? body
  } catch {
    return body.trim() || 'the server gave no reason'
  }
}
