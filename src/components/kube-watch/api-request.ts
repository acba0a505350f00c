import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import { messageOf, PacketproofError } from '../../errors.ts'
import type { KubeAccess } from './kube-access.ts'

/** How long an API server may take to begin its answer. */
const ANSWER_TIMEOUT_MS = 30_000
const KEEP_ALIVE_PROBE_MS = 30_000
const LONGEST_COMPLAINT = 64 * 1024

/** The API server answered, and not with what was asked for. */
export class ApiError extends PacketproofError {
  /** The HTTP status; 410 where what was asked for is no longer known. */
  readonly status: number

  constructor(status: number, message: string) {
    super('E_API', message)
    this.status = status
  }
}

interface RequestContent {
  readonly method: 'PATCH'
  readonly type: string
  readonly body: string
}

/** Requests to one API server, over connections that are kept. */
export class ApiRequests {
  readonly #access: KubeAccess
  #agent: Agent | undefined

  constructor(access: KubeAccess) {
    this.#access = access
  }

  /** An answer of status 200, to be read. @throws ApiError for any other status; PacketproofError E_API for no answer. */
  async get(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<IncomingMessage> {
    const url = this.#urlOf(path, query)
    const response = await this.#send(url, signal)
    if (response.statusCode === 200) return response
    const status = response.statusCode ?? 0
    throw new ApiError(status, `GET ${url.pathname}: ${status} ${complaintOf(await readStart(response))}`.trimEnd())
  }

  /**
   * Merges a document into an object (RFC 7396).
   * @throws ApiError for any status but 200; PacketproofError E_API for no answer.
   */
  async mergePatch(path: string, patch: unknown, signal: AbortSignal): Promise<void> {
    const url = this.#urlOf(path, {})
    const body = JSON.stringify(patch)
    const response = await this.#send(url, signal, { method: 'PATCH', type: 'application/merge-patch+json', body })
    const complaint = await readStart(response)
    if (response.statusCode === 200) return
    const status = response.statusCode ?? 0
    throw new ApiError(status, `PATCH ${url.pathname}: ${status} ${complaintOf(complaint)}`.trimEnd())
  }

  close(): void {
    this.#agent?.destroy()
  }

  #urlOf(path: string, query: Readonly<Record<string, string>>): URL {
    const url = new URL(this.#access.server.pathname.replace(/\/+$/, '') + path, this.#access.server)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    return url
  }

  async #send(url: URL, signal: AbortSignal, content?: RequestContent): Promise<IncomingMessage> {
    const { request, Agent: ProtocolAgent } = await (url.protocol === 'http:'
      ? import('node:http')
      : import('node:https'))
    this.#agent ??= new ProtocolAgent({ keepAlive: true, ...this.#access.tls })
    const token = this.#access.token()
    const headers = {
      Accept: 'application/json',
      'User-Agent': 'packetproof',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(content && { 'Content-Type': content.type, 'Content-Length': Buffer.byteLength(content.body) }),
    }
    const method = content?.method ?? 'GET'
    const sent: ClientRequest = request(url, { method, headers, agent: this.#agent, signal })
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const timer = setTimeout(() => sent.destroy(new Error('no answer in time')), ANSWER_TIMEOUT_MS)
      sent.once('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS))
      sent.once('close', () => clearTimeout(timer))
      sent.once('response', (response) => {
        clearTimeout(timer)
        resolve(response)
      })
      sent.once('error', (cause: NodeJS.ErrnoException) => {
        // An AggregateError (one try per address) has no message.
        const reason = messageOf(cause) || (cause.code ?? cause.name)
        reject(new PacketproofError('E_API', `the API server ${url.origin} cannot be reached: ${reason}`, { cause }))
      })
      sent.end(content?.body)
    })
  }
}

async function readStart(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > LONGEST_COMPLAINT) break
  }
  return text
}

/** The message of a Kubernetes Status, or what else came: a proxy's page, for instance. */
function complaintOf(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown }
    if (typeof message === 'string') return message
  } catch {
    // Not JSON.
  }
  return body.trim().split('\n')[0]?.slice(0, 200) ?? ''
}
