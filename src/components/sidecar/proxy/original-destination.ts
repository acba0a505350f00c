import type { Socket } from 'node:net'
import type { Endpoint } from '../../../../helpers/linux/socket-address.ts'
import { readOriginalDestination } from '../../../../helpers/linux/tcp-socket.ts'

/** Where the peer of an accepted connection wanted to go, as conntrack knows it; undefined when it does not. */
export function originalDestinationOf(socket: Socket): Endpoint | undefined {
  const fd = descriptorOf(socket)
  if (fd === undefined || socket.localAddress === undefined) return undefined
  return readOriginalDestination(fd, socket.localAddress)
}

/** Node.js has no public way to a socket's descriptor; `_handle.fd` has been there since 0.6 and native add-ons rely on it. */
function descriptorOf(socket: Socket): number | undefined {
  const fd = (socket as unknown as { _handle?: { fd?: number } })._handle?.fd
  return fd === undefined || fd < 0 ? undefined : fd
}
