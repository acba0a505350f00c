import { closeSync } from 'node:fs'
import koffi from 'koffi'
import { familyOf } from '../cidr.ts'
import { decodeSocketAddress, type Endpoint, encodeSocketAddress } from './socket-address.ts'
import { bindSocket, openSocket } from './sockets.ts'
import { SystemCallError } from './system-calls.ts'

const libc = koffi.load(null)
const libcSetsockopt = libc.func('int setsockopt(int fd, int level, int name, const void *value, unsigned int length)')
const libcGetsockopt = libc.func('int getsockopt(int fd, int level, int name, _Out_ void *value, _Inout_ uint *length)')
const libcBind = libc.func('int bind(int fd, const void *address, unsigned int length)')
const libcSetfsuid = libc.func('int setfsuid(unsigned int uid)')

const SOL_IP = 0
const SOL_SOCKET = 1
const SOL_IPV6 = 41
const SO_MARK = 36
const IP_TRANSPARENT = 19
const IP_BIND_ADDRESS_NO_PORT = 24
const IPV6_V6ONLY = 26
const IPV6_TRANSPARENT = 75
/** IP6T_SO_ORIGINAL_DST has the same number. */
const SO_ORIGINAL_DST = 80
const ENOENT = 2
const ENOPROTOOPT = 92

export interface TcpSocketOptions {
  readonly family: 4 | 6
  /** The address to send from, or to listen at; with `transparent` it need not be the machine's own. */
  readonly from?: Endpoint
  /** IP_TRANSPARENT; needs CAP_NET_ADMIN or CAP_NET_RAW. */
  readonly transparent?: boolean
  /** SO_MARK; needs CAP_NET_ADMIN. */
  readonly mark?: number
  /** The user that `-m owner` sees; another than one's own needs CAP_SETUID. */
  readonly owner?: number
}

/**
 * A TCP socket that is neither connected nor listening yet. The caller closes the descriptor.
 * @throws SystemCallError that names what was refused.
 */
export function openTcpSocket({ family, from, transparent = false, mark, owner }: TcpSocketOptions): number {
  const fd = withOwner(owner, () => openSocket('tcp', family))
  try {
    if (family === 6) setOption(fd, SOL_IPV6, IPV6_V6ONLY, 1, 'speak IPv6 alone')
    if (transparent) makeTransparent(fd, family)
    if (mark !== undefined) setOption(fd, SOL_SOCKET, SO_MARK, mark, `mark packets with ${mark}`)
    // The port is chosen when it is known where to: one for each destination, not one of all that there are.
    if (from?.port === 0) setOption(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1, 'choose a port late')
    if (from !== undefined) bind(fd, from)
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** The socket takes packets that are addressed to others, and may send from addresses of others. */
function makeTransparent(fd: number, family: 4 | 6): void {
  if (family === 4) setOption(fd, SOL_IP, IP_TRANSPARENT, 1, 'make a socket transparent')
  else setOption(fd, SOL_IPV6, IPV6_TRANSPARENT, 1, 'make a socket transparent')
}

/** Where an accepted connection was bound before NAT; undefined when conntrack does not know it. */
export function readOriginalDestination(fd: number, localAddress: string): Endpoint | undefined {
  const family = familyOf(localAddress)
  const bytes = Buffer.alloc(family === 4 ? 16 : 28)
  const length = [bytes.length]
  if (libcGetsockopt(fd, family === 4 ? SOL_IP : SOL_IPV6, SO_ORIGINAL_DST, bytes, length) === 0) {
    return decodeSocketAddress(bytes)
  }
  const errno = koffi.errno()
  if (errno === ENOENT || errno === ENOPROTOOPT) return undefined
  throw new SystemCallError('ask for the original destination', errno)
}

function setOption(fd: number, level: number, name: number, value: number, what: string): void {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  if (libcSetsockopt(fd, level, name, bytes, bytes.length) !== 0) throw new SystemCallError(what, koffi.errno())
}

function bind(fd: number, { address, port }: Endpoint): void {
  if (port !== 0) return bindSocket(fd, address, port)
  const bytes = encodeSocketAddress({ address, port })
  if (libcBind(fd, bytes, bytes.length) === 0) return
  throw new SystemCallError(`send from ${address}`, koffi.errno())
}

/** setfsuid(2) is of this thread alone, and `-m owner` looks at it as it was when the socket was made. */
function withOwner(owner: number | undefined, open: () => number): number {
  if (owner === undefined) return open()
  const before = libcSetfsuid(owner) as number
  try {
    return open()
  } finally {
    libcSetfsuid(before)
  }
}
