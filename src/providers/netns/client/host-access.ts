import type { ExecOptions, HostProcess } from '../../../cluster/host.ts'
import type { AccessTarget, NodeAccess } from '../../../cluster/node-access.ts'
import { PacketproofError } from '../../../errors.ts'
import { CHANNEL, type HostRequest, type HostStatus } from '../server/host-protocol.ts'
import type { HostConnection } from './host-connection.ts'
import { RemoteProcess } from './remote-process.ts'

/** Runs commands on the hosts of a cluster by way of its server. */
export class HostAccess implements NodeAccess {
  readonly #connection: HostConnection

  constructor(connection: HostConnection) {
    this.#connection = connection
  }

  async spawn(
    target: AccessTarget,
    argv: readonly string[],
    options: Omit<ExecOptions, 'timeoutMs'> = {},
  ): Promise<HostProcess> {
    return await this.#spawn({ target, argv }, options)
  }

  async startAgent(target: AccessTarget, args: readonly string[], signal?: AbortSignal): Promise<HostProcess> {
    return await this.#spawn({ target, argv: args, isAgent: true }, signal === undefined ? {} : { signal })
  }

  async #spawn(
    what: { readonly target: AccessTarget; readonly argv: readonly string[]; readonly isAgent?: true },
    options: Omit<ExecOptions, 'timeoutMs'>,
  ): Promise<HostProcess> {
    options.signal?.throwIfAborted()
    const running = new RemoteProcess(what.argv)
    const { uid, env } = options
    const request: HostRequest = {
      kind: 'spawn',
      ...what,
      ...(uid === undefined ? {} : { uid }),
      ...(env === undefined ? {} : { env }),
    }
    const stream = await this.#connection.open(running)
    await running.begin(stream, request, options.signal)
    if (options.stdin !== undefined) running.stdin.end(options.stdin)
    return running
  }

  async readFile(target: AccessTarget, path: string): Promise<Buffer> {
    return await this.#transfer({ kind: 'read', target, path })
  }

  async writeFile(target: AccessTarget, path: string, content: string | Buffer): Promise<void> {
    await this.#transfer({ kind: 'write', target, path }, content)
  }

  async #transfer(request: HostRequest, content?: string | Buffer): Promise<Buffer> {
    const chunks: Buffer[] = []
    let settle: { resolve: (content: Buffer) => void; reject: (error: Error) => void } | undefined
    const settled = new Promise<Buffer>((resolve, reject) => {
      settle = { resolve, reject }
    })
    const stream = await this.#connection.open({
      onFrame: (channel, payload) => {
        if (channel === CHANNEL.stdout) chunks.push(payload)
        if (channel !== CHANNEL.status) return
        const status = JSON.parse(payload.toString()) as HostStatus
        if (status.status === 'done') settle?.resolve(Buffer.concat(chunks))
        if (status.status === 'failed') settle?.reject(errorOf(status))
      },
      onLost: (error) => settle?.reject(error),
    })
    stream.send(CHANNEL.request, JSON.stringify(request))
    if (content !== undefined) stream.send(CHANNEL.stdin, content)
    if (content !== undefined) stream.send(CHANNEL.stdinEnd, '')
    try {
      return await settled
    } finally {
      stream.close()
    }
  }
}

export function errorOf(status: HostStatus & { status: 'failed' }): PacketproofError {
  return new PacketproofError(status.code, status.message, status.hint === undefined ? {} : { hint: status.hint })
}
