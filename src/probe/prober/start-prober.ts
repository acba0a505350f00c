import { createInterface } from 'node:readline'
import { agentArgv } from '../../cluster/agent-argv.ts'
import type { Host, HostProcess } from '../../cluster/host.ts'
import { messageOf, PacketproofError } from '../../errors.ts'
import type { ProbeProtocol, ProberAnswer, ProberRequest } from './protocol.ts'

const START_TIMEOUT_MS = 20_000

type Listener = { onAnswer(answer: ProberAnswer): void; onEnd(error: PacketproofError): void }

/** A prober that runs on a host. Requests and answers belong together by their batch number. */
export class ProberProcess implements AsyncDisposable {
  readonly host: Host
  /** Why this host's kernel cannot speak a protocol. */
  unavailable: Readonly<Partial<Record<ProbeProtocol, string>>> = {}
  readonly #process: HostProcess
  readonly #listeners = new Map<number, Listener>()
  #end: PacketproofError | undefined
  #complaint = ''
  #lastBatch = 0
  /** Rejects when it ends before it is ready. */
  readonly ready: Promise<void>

  constructor(host: Host, child: HostProcess) {
    this.host = host
    this.#process = child
    let settle: { resolve: () => void; reject: (error: Error) => void } | undefined
    this.ready = new Promise((resolve, reject) => {
      settle = { resolve, reject }
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.#complaint = `${this.#complaint}${chunk}`.slice(-2000)
    })
    createInterface({ input: child.stdout }).on('line', (line) => {
      const answer = parseAnswer(line)
      if (answer?.type === 'ready') {
        this.unavailable = answer.unavailable
        settle?.resolve()
      } else if (answer?.batch !== undefined) this.#listeners.get(answer.batch)?.onAnswer(answer)
    })
    const ended = (how: string): void => {
      const said = this.#complaint.trim() || 'it said nothing'
      this.#end ??= new PacketproofError('E_EXEC_FAILED', `the prober on ${host.name} ended (${how}): ${said}`)
      settle?.reject(this.#end)
      for (const listener of this.#listeners.values()) listener.onEnd(this.#end)
    }
    child.exited.then(
      ({ exitCode, signal }) => ended(signal ?? `exit code ${exitCode}`),
      (error) => ended(messageOf(error)),
    )
  }

  get hasEnded(): boolean {
    return this.#end !== undefined
  }

  /** Listens to the answers to requests of a new batch; its number is returned. */
  open(listener: Listener): number {
    this.#lastBatch += 1
    this.#listeners.set(this.#lastBatch, listener)
    if (this.#end !== undefined) listener.onEnd(this.#end)
    return this.#lastBatch
  }

  close(batch: number): void {
    this.#listeners.delete(batch)
  }

  send(request: ProberRequest): void {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end ??= new PacketproofError('E_EXEC_FAILED', `the prober on ${this.host.name} has been ended`)
    await this.#process.kill('SIGKILL')
    await this.#process.exited.catch(() => undefined)
  }
}

/**
 * Starts a prober on a host: on a node it can probe from inside the node's pods.
 * @throws PacketproofError E_TOOL_MISSING where the host cannot run it: it has no Node.js, or not this program.
 */
export async function startProber(host: Host, signal?: AbortSignal): Promise<ProberProcess> {
  const cannotRun = (cause: unknown): PacketproofError => {
    signal?.throwIfAborted()
    return new PacketproofError('E_TOOL_MISSING', `${host.name} cannot run a prober: ${messageOf(cause)}`, {
      hint: 'a matrix is probed by packetproof itself on each node, as the nodes of netns have it, and those of kind by the image packetproof/agent',
      cause,
    })
  }
  let child: HostProcess
  try {
    const args = ['prober']
    child = await (host.startAgent?.(args, signal) ??
      host.spawn(agentArgv(args), signal === undefined ? {} : { signal }))
  } catch (cause) {
    throw cannotRun(cause)
  }
  const prober = new ProberProcess(host, child)
  const late = setTimeout(() => void child.kill('SIGKILL'), START_TIMEOUT_MS)
  try {
    await prober.ready
    return prober
  } catch (cause) {
    await prober[Symbol.asyncDispose]()
    throw cannotRun(cause)
  } finally {
    clearTimeout(late)
  }
}

function parseAnswer(line: string): ProberAnswer | undefined {
  try {
    return JSON.parse(line) as ProberAnswer
  } catch {
    // A warning of Node.js, for instance.
    return undefined
  }
}
