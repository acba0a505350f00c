import { closeSync } from 'node:fs'
import koffi from 'koffi'
import { familyOf } from '../cidr.ts'
import { inNamespaces } from './namespaces.ts'
import { AF_INET, AF_INET6, encodeSocketAddress } from './socket-address.ts'
import { SystemCallError } from './system-calls.ts'

const libc = koffi.load(null)
const libcSocket = libc.func('int socket(int domain, int type, int protocol)')
const libcSetsockopt = libc.func('int setsockopt(int fd, int level, int name, const void *value, unsigned int length)')
const libcBind = libc.func('int bind(int fd, const void *address, unsigned int length)')
const libcConnect = libc.func('int connect(int fd, const void *address, unsigned int length)')
const libcListen = libc.func('int listen(int fd, int backlog)')
const libcSend = libc.func('intptr_t send(int fd, const void *bytes, size_t length, int flags)')

const CLOEXEC_NONBLOCK = 0o2_000_000 | 0o4000
const SOCK_STREAM = 1
const SOCK_DGRAM = 2
const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const MSG_NOSIGNAL = 0x4000
const BACKLOG = 511
const EINPROGRESS = 115

/** What a socket speaks: how the kernel names it in socket(2). */
const kinds = {
  tcp: { type: SOCK_STREAM, protocol: 6 },
  udp: { type: SOCK_DGRAM, protocol: 17 },
  sctp: { type: SOCK_STREAM, protocol: 132 },
} as const

export type SocketKind = keyof typeof kinds

/**
 * A socket of the network namespace that this thread is in, and it stays there. Non-blocking.
 * @throws SystemCallError, for instance EPROTONOSUPPORT where the kernel does not have the protocol.
 */
export function openSocket(kind: SocketKind, family: 4 | 6): number {
  const { type, protocol } = kinds[kind]
  const fd = libcSocket(family === 4 ? AF_INET : AF_INET6, type | CLOEXEC_NONBLOCK, protocol) as number
  if (fd < 0) throw new SystemCallError(`open a socket for ${kind}`, koffi.errno())
  return fd
}

/** @throws SystemCallError that names address and port. */
export function bindSocket(fd: number, address: string, port: number): void {
  libcSetsockopt(fd, SOL_SOCKET, SO_REUSEADDR, Buffer.from([1, 0, 0, 0]), 4)
  const sockaddr = encodeSocketAddress({ address, port })
  if (libcBind(fd, sockaddr, sockaddr.length) !== 0) {
    throw new SystemCallError(`bind to ${address} port ${port}`, koffi.errno())
  }
}

/** Begins to connect. @throws SystemCallError when the kernel refuses at once (no route, not permitted). */
export function connectSocket(fd: number, address: string, port: number): void {
  const sockaddr = encodeSocketAddress({ address, port })
  if (libcConnect(fd, sockaddr, sockaddr.length) === 0) return
  const errno = koffi.errno()
  if (errno !== EINPROGRESS) throw new SystemCallError(`connect to ${address} port ${port}`, errno)
}

/** Sends on a connected datagram socket. @throws SystemCallError, also for what an earlier datagram has met. */
export function sendDatagram(fd: number, text: string): void {
  const bytes = Buffer.from(text)
  if (libcSend(fd, bytes, bytes.length, MSG_NOSIGNAL) < 0) {
    throw new SystemCallError('send a datagram', koffi.errno())
  }
}

/**
 * A TCP socket that listens in the given network namespace, for `server.listen({ fd })`: the socket stays in the namespace that
 * made it, whoever holds it. Synchronous.
 * @throws SystemCallError that names the address and the port.
 */
export function openListeningSocket(networkNamespaceFd: number, address: string, port: number): number {
  return inNamespaces({ net: networkNamespaceFd }, () => {
    const fd = openSocket('tcp', familyOf(address))
    try {
      bindSocket(fd, address, port)
      if (libcListen(fd, BACKLOG) !== 0) throw new SystemCallError('listen', koffi.errno())
      return fd
    } catch (error) {
      closeSync(fd)
      throw error
    }
  })
}
