import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Endpoint } from '../../../../helpers/linux/socket-address.ts'
import { openTcpSocket } from '../../../../helpers/linux/tcp-socket.ts'
import { PacketproofError } from '../../../errors.ts'
import type { Direction } from './connection-record.ts'
import type { ProxyOptions } from './proxy-options.ts'

/** InboundPassthroughBindIpv4 and its IPv6 twin: Envoy's source towards the app. */
const passthrough = { 4: '127.0.0.6', 6: '::6' } as const

/**
 * A socket for the way on, not yet connected. Outgoing: from the pod's own address. Incoming: from 127.0.0.6 (::6), or under TPROXY
 * from the client's address.
 * @throws SystemCallError
 */
export function openOnward(direction: Direction, to: Endpoint, client: string, options: ProxyOptions): Socket {
  const family = to.address.includes(':') ? 6 : 4
  const isTransparent = direction === 'inbound' && options.mode === 'TPROXY'
  const source = isTransparent ? client : passthrough[family]
  const fd = openTcpSocket({
    family,
    ...(direction === 'inbound' && { from: { address: source, port: 0 } }),
    ...(isTransparent && { transparent: true, mark: options.mark }),
  })
  try {
    // Reading before it is connected would be an error.
    return new Socket({ fd, allowHalfOpen: true, ...pausedOnCreate })
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** An option of Node.js's that its types leave out. */
const pausedOnCreate: object = { pauseOnCreate: true }

/** @throws the socket's error, or E_TIMEOUT; the socket is then destroyed. */
export async function connectOnward(socket: Socket, to: Endpoint, timeoutMs: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => {
      clearTimeout(timer)
      socket.destroy()
      reject(error)
    }
    const timer = setTimeout(() => fail(new PacketproofError('E_TIMEOUT', 'ETIMEDOUT')), timeoutMs)
    socket.once('error', fail)
    socket.connect(to.port, to.address, () => {
      clearTimeout(timer)
      socket.off('error', fail)
      resolve()
    })
  })
}
