import { closeSync } from 'node:fs'
import ipaddr from 'ipaddr.js'
import koffi from 'koffi'
import { familyOf } from '../cidr.ts'
import { inNamespaces } from './namespaces.ts'
import { SystemCallError } from './system-calls.ts'

const libc = koffi.load(null)
const libcSocket = libc.func('int socket(int domain, int type, int protocol)')
const libcSetsockopt = libc.func('int setsockopt(int fd, int level, int name, const void *value, unsigned int length)')
const libcBind = libc.func('int bind(int fd, const void *address, unsigned int length)')
const libcListen = libc.func('int listen(int fd, int backlog)')

const AF_INET = 2
const AF_INET6 = 10
const SOCK_STREAM_CLOEXEC_NONBLOCK = 1 | 0o2_000_000 | 0o4000
const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const BACKLOG = 511

/**
 * A TCP socket that listens in the given network namespace, for `server.listen({ fd })`: the socket stays in the namespace that
 * made it, whoever holds it. Synchronous.
 * @throws SystemCallError that names the address and the port.
 */
export function openListeningSocket(networkNamespaceFd: number, address: string, port: number): number {
  return inNamespaces({ net: networkNamespaceFd }, () => {
    const what = `listen on ${address} port ${port}`
    const fd = libcSocket(familyOf(address) === 4 ? AF_INET : AF_INET6, SOCK_STREAM_CLOEXEC_NONBLOCK, 0) as number
    if (fd < 0) throw new SystemCallError(what, koffi.errno())
    const sockaddr = socketAddress(address, port)
    const isListening =
      libcSetsockopt(fd, SOL_SOCKET, SO_REUSEADDR, Buffer.from([1, 0, 0, 0]), 4) === 0 &&
      libcBind(fd, sockaddr, sockaddr.length) === 0 &&
      libcListen(fd, BACKLOG) === 0
    if (isListening) return fd
    const errno = koffi.errno()
    closeSync(fd)
    throw new SystemCallError(what, errno)
  })
}

/** struct sockaddr_in or sockaddr_in6. */
function socketAddress(address: string, port: number): Buffer {
  const bytes = Buffer.from(ipaddr.parse(address).toByteArray())
  const isIpv4 = bytes.length === 4
  const result = Buffer.alloc(isIpv4 ? 16 : 28)
  result.writeUInt16LE(isIpv4 ? AF_INET : AF_INET6, 0)
  result.writeUInt16BE(port, 2)
  bytes.copy(result, isIpv4 ? 4 : 8)
  return result
}
