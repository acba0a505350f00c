import { agentArgv } from '../cluster/agent-argv.ts'
import type { HostProcess } from '../cluster/host.ts'
import type { NodeAccess } from '../cluster/node-access.ts'
import { messageOf, PacketproofError } from '../errors.ts'
import { CHANNEL, type Frame, type HostRequest, type HostStatus } from '../providers/netns/server/host-protocol.ts'

type HostSignal = 'SIGINT' | 'SIGTERM' | 'SIGKILL'
const signals: readonly HostSignal[] = ['SIGINT', 'SIGTERM', 'SIGKILL']

/** Sends a frame; resolves when the bytes have left, for back pressure. */
export type SendFrame = (stream: number, channel: number, payload: Buffer | string) => Promise<void>

/** The commands of one connection to a lab's keeper, run by way of its provider. When the connection ends, they end. */
export class AccessSession {
  readonly #access: NodeAccess
  readonly #send: SendFrame
  readonly #processes = new Map<number, Promise<HostProcess>>()
  readonly #writes = new Map<number, { readonly request: HostRequest & { kind: 'write' }; readonly chunks: Buffer[] }>()

  constructor(access: NodeAccess, send: SendFrame) {
    this.#access = access
    this.#send = send
  }

  handle({ stream, channel, payload }: Frame): void {
    void this.#take(stream, channel, payload).catch((error: unknown) => this.#report(stream, failureOf(error)))
  }

  close(): void {
    for (const started of this.#processes.values()) {
      void started.then((process) => process.kill('SIGKILL')).catch(() => undefined)
    }
    this.#processes.clear()
  }

  async #take(stream: number, channel: number, payload: Buffer): Promise<void> {
    switch (channel) {
      case CHANNEL.request:
        return this.#begin(stream, JSON.parse(payload.toString()) as HostRequest)
      case CHANNEL.stdin:
        this.#writes.get(stream)?.chunks.push(payload)
        ;(await this.#processes.get(stream))?.stdin.write(payload)
        return
      case CHANNEL.stdinEnd:
        return this.#endInput(stream)
      case CHANNEL.signal:
        return this.#signal(stream, payload.toString())
      default:
    }
  }

  async #begin(stream: number, request: HostRequest): Promise<void> {
    if (request.kind === 'write') {
      this.#writes.set(stream, { request, chunks: [] })
      return
    }
    if (request.kind === 'read') {
      await this.#send(stream, CHANNEL.stdout, await this.#access.readFile(request.target, request.path))
      await this.#report(stream, { status: 'done' })
      return
    }
    const { target, argv, uid, env, isAgent } = request
    const user = { ...(uid !== undefined && { uid }), ...(env && { env }) }
    const started =
      isAgent !== true
        ? this.#access.spawn(target, argv, user)
        : (this.#access.startAgent?.(target, argv) ?? this.#access.spawn(target, agentArgv(argv)))
    this.#processes.set(stream, started)
    try {
      await this.#follow(stream, await started)
    } finally {
      this.#processes.delete(stream)
    }
  }

  async #follow(stream: number, process: HostProcess): Promise<void> {
    process.stdin.on('error', () => undefined)
    await this.#report(stream, { status: 'started' })
    const forward = async (channel: number, output: AsyncIterable<Buffer | string>): Promise<void> => {
      for await (const chunk of output) await this.#send(stream, channel, Buffer.from(chunk))
    }
    await Promise.all([forward(CHANNEL.stdout, process.stdout), forward(CHANNEL.stderr, process.stderr)])
    await this.#report(stream, { status: 'exited', ...(await process.exited) })
  }

  async #endInput(stream: number): Promise<void> {
    const write = this.#writes.get(stream)
    this.#writes.delete(stream)
    if (write === undefined) {
      ;(await this.#processes.get(stream))?.stdin.end()
      return
    }
    await this.#access.writeFile(write.request.target, write.request.path, Buffer.concat(write.chunks))
    await this.#report(stream, { status: 'done' })
  }

  async #signal(stream: number, name: string): Promise<void> {
    const signal = signals.find((known) => known === name)
    if (signal !== undefined) await (await this.#processes.get(stream))?.kill(signal)
  }

  #report(stream: number, status: HostStatus): Promise<void> {
    return this.#send(stream, CHANNEL.status, JSON.stringify(status))
  }
}

function failureOf(error: unknown): HostStatus {
  const known = error instanceof PacketproofError ? error : undefined
  return {
    status: 'failed',
    code: known?.code ?? 'E_EXEC_FAILED',
    message: messageOf(error),
    ...(known?.hint !== undefined && { hint: known.hint }),
  }
}
