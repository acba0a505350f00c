import ipaddr from 'ipaddr.js'
import koffi from 'koffi'

const libc = koffi.load(null)
koffi.struct('packetproof_msghdr', {
  name: 'void *',
  nameLength: 'uint32_t',
  vectors: 'void *',
  vectorCount: 'size_t',
  control: 'void *',
  controlLength: 'size_t',
  flags: 'int',
})
const libcRecvmsg = libc.func('intptr_t recvmsg(int fd, _Inout_ packetproof_msghdr *message, int flags)')
const libcSetsockopt = libc.func('int setsockopt(int fd, int level, int name, const void *value, unsigned int length)')

const MSG_ERRQUEUE = 0x2000
const MSG_DONTWAIT = 0x40
/** Level and name of IP_RECVERR and IPV6_RECVERR. */
const receiveErrors = { 4: [0, 11], 6: [41, 25] } as const
const CONTROL_BYTES = 512
/** struct cmsghdr on 64-bit machines. */
const CMSG_HEADER_BYTES = 16
/** struct sock_extended_err. */
const EXTENDED_ERROR_BYTES = 16
const ORIGIN_ICMP = 2
const ORIGIN_ICMP6 = 3

/** An ICMP error that came back for what a socket had sent. */
export interface IcmpError {
  readonly family: 4 | 6
  readonly type: number
  readonly code: number
  /** Who sent it. */
  readonly from: string
}

/** Makes the kernel keep ICMP errors for `takeIcmpError`. */
export function keepIcmpErrors(fd: number, family: 4 | 6): void {
  const [level, name] = receiveErrors[family]
  libcSetsockopt(fd, level, name, Buffer.from([1, 0, 0, 0]), 4)
}

/**
 * The next ICMP error that a socket of `keepIcmpErrors` has had. A TCP socket in connect(2) is not ended by an error that comes
 * back before the call has returned, as those of the same machine do (`sk_err_soft` in tcp_v4_err): this is how to know of it.
 */
export function takeIcmpError(fd: number): IcmpError | undefined {
  const control = Buffer.alloc(CONTROL_BYTES)
  const message = {
    name: null,
    nameLength: 0,
    vectors: null,
    vectorCount: 0,
    control,
    controlLength: control.length,
    flags: 0,
  }
  if (Number(libcRecvmsg(fd, message, MSG_ERRQUEUE | MSG_DONTWAIT)) < 0) return undefined
  const error = control.subarray(CMSG_HEADER_BYTES)
  const origin = error[4]
  if (origin !== ORIGIN_ICMP && origin !== ORIGIN_ICMP6) return undefined
  const family = origin === ORIGIN_ICMP ? 4 : 6
  const offender = error.subarray(EXTENDED_ERROR_BYTES)
  const address = family === 4 ? offender.subarray(4, 8) : offender.subarray(8, 24)
  return { family, type: error[5] ?? 0, code: error[6] ?? 0, from: ipaddr.fromByteArray([...address]).toString() }
}
