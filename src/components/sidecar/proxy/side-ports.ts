import { createServer, type RequestListener, type Server } from 'node:http'
import type { ConnectionRecord } from './connection-record.ts'
import type { ProxyOptions } from './proxy-options.ts'

/** What the proxy counts, for `/stats/prometheus`. */
export class ProxyStatistics {
  readonly #counts = new Map<string, number>()

  add({ direction, bytesReceived, bytesSent, error }: ConnectionRecord): void {
    const label = `{direction="${direction}"}`
    this.#count(`packetproof_sidecar_connections_total${label}`, 1)
    this.#count(`packetproof_sidecar_received_bytes_total${label}`, bytesReceived)
    this.#count(`packetproof_sidecar_sent_bytes_total${label}`, bytesSent)
    if (error !== undefined) this.#count(`packetproof_sidecar_failures_total${label}`, 1)
  }

  /** In Prometheus' text format. */
  toString(): string {
    return [...this.#counts].map(([name, value]) => `${name} ${value}\n`).join('')
  }

  #count(name: string, by: number): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by)
  }
}

/** The ports beside the two that connections are led to: health, statistics, and the tunnel's, where nothing is spoken. */
export async function listenAside(options: ProxyOptions, statistics: ProxyStatistics): Promise<readonly Server[]> {
  const { healthPort, statsPorts, tunnelPort } = options
  const ports = [healthPort, ...statsPorts, tunnelPort]
  return await Promise.all(ports.map(async (port) => await listen(port, answer(options, statistics))))
}

function answer({ tunnelPort }: ProxyOptions, statistics: ProxyStatistics): RequestListener {
  return ({ url, socket }, response) => {
    const path = socket.localPort === tunnelPort ? '' : url
    response.setHeader('connection', 'close')
    if (path === '/healthz/ready') response.writeHead(200).end()
    else if (path === '/stats/prometheus') response.writeHead(200).end(statistics.toString())
    else response.writeHead(404).end()
  }
}

async function listen(port: number, listener: RequestListener): Promise<Server> {
  const server = createServer(listener)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, () => resolve()))
  return server
}
