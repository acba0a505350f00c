import { once } from 'node:events'
import { createServer, type Server, Socket } from 'node:net'
import { openTcpSocket } from '../../../../helpers/linux/tcp-socket.ts'
import { PacketproofError } from '../../../errors.ts'
import { originalDestinationOf } from '../proxy/original-destination.ts'
import type { InitOptions } from './init-options.ts'

/**
 * Connects from localhost to 127.0.0.6 (::6) as the proxy's user, and waits for the connection to arrive at one of the proxy's
 * ports with the probe port as its original destination.
 * @throws PacketproofError E_TIMEOUT when it does not arrive, E_ENVIRONMENT when neither port is free.
 */
export async function testCapture(options: InitOptions, hasIpv4: boolean): Promise<void> {
  const [listenAt, connectTo] = hasIpv4 ? ['127.0.0.1', '127.0.0.6'] : ['::1', '::6']
  const servers: Server[] = []
  const deadline = AbortSignal.timeout(options.probeTimeoutMs)
  try {
    const arrived = new Promise<void>((resolve) => {
      for (const port of new Set([options.proxyPort, options.inboundCapturePort])) {
        servers.push(listen(listenAt, Number(port), options.probePort, resolve))
      }
    })
    const listening = await Promise.allSettled(servers.map(async (server) => await once(server, 'listening')))
    if (listening.every(({ status }) => status === 'rejected')) {
      const ports = `${options.proxyPort}, ${options.inboundCapturePort}`
      throw new PacketproofError('E_ENVIRONMENT', `validation: no listener available on ${listenAt}, ports ${ports}`)
    }
    connectAs(options.proxyUids, listenAt, connectTo, options.probePort)
    await Promise.race([arrived, expired(deadline, options)])
  } finally {
    for (const server of servers) server.close()
  }
}

function listen(address: string, port: number, probePort: number, onProbe: () => void): Server {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    if (originalDestinationOf(socket)?.port === probePort) onProbe()
    socket.destroy()
  })
  return server.listen(port, address)
}

/** Rules know the proxy by its user: as another one, what goes to the pod itself is left alone. */
function connectAs(uids: readonly string[], from: string, to: string, port: number): void {
  const uid = Number(uids.find((candidate) => /^\d+$/.test(candidate)))
  const mayChange = process.geteuid?.() === 0 && Number.isInteger(uid)
  const family = from.includes(':') ? 6 : 4
  const fd = openTcpSocket({ family, from: { address: from, port: 0 }, ...(mayChange && { owner: uid }) })
  const socket = new Socket({ fd })
  // Refused, or ended by the listener: what counts is whether it arrived.
  socket.on('error', () => undefined).on('close', () => undefined)
  socket.connect(port, to)
}

async function expired(deadline: AbortSignal, options: InitOptions): Promise<never> {
  await once(deadline, 'abort')
  throw new PacketproofError(
    'E_TIMEOUT',
    `iptables validation failed: within ${options.probeTimeoutMs} ms no connection to port ${options.probePort} was redirected to ` +
      `${options.proxyPort} or ${options.inboundCapturePort}`,
    { hint: 'are the rules in place? packetproof agent sidecar-init without --skip-rule-apply writes them' },
  )
}
