import { closeSync } from 'node:fs'
import koffi from 'koffi'
import { SystemCallError } from '../../../../../helpers/linux/system-calls.ts'
import { type Acknowledgement, decodeAcknowledgements, encodeMessage, type NetlinkRequest } from './message.ts'

const libc = koffi.load(null)
const libcSocket = libc.func('int socket(int domain, int type, int protocol)')
const libcSetsockopt = libc.func('int setsockopt(int fd, int level, int name, const void *value, unsigned int length)')
const libcSend = libc.func('intptr_t send(int fd, const void *bytes, size_t length, int flags)')
const libcRecv = libc.func('intptr_t recv(int fd, void *bytes, size_t length, int flags)')

const AF_NETLINK = 16
const SOCK_RAW_CLOEXEC = 3 | 0o2_000_000
const SOL_NETLINK = 270
const NETLINK_CAP_ACK = 10
const NETLINK_EXT_ACK = 11
/** So few that no answer is lost for want of receive buffer. */
const MESSAGES_PER_SEND = 64

/**
 * Sends requests to rtnetlink in the current network namespace, in order. Synchronous: the kernel has done everything when
 * this returns. One process less than `ip`, and 50 times as fast.
 * @throws SystemCallError naming the first request that failed, and the kernel's reason; later ones may have been done.
 */
export function exchange(requests: readonly NetlinkRequest[]): void {
  if (requests.length === 0) return
  const fd = libcSocket(AF_NETLINK, SOCK_RAW_CLOEXEC, 0) as number
  if (fd < 0) throw new SystemCallError('open a netlink socket', koffi.errno())
  try {
    for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK]) {
      libcSetsockopt(fd, SOL_NETLINK, option, Buffer.from([1, 0, 0, 0]), 4)
    }
    for (let first = 0; first < requests.length; first += MESSAGES_PER_SEND) {
      exchangeSome(fd, requests.slice(first, first + MESSAGES_PER_SEND))
    }
  } finally {
    closeSync(fd)
  }
}

function exchangeSome(fd: number, requests: readonly NetlinkRequest[]): void {
  const last = requests.length - 1
  const bytes = Buffer.concat(requests.map((request, index) => encodeMessage(request, index, index === last)))
  if (libcSend(fd, bytes, bytes.length, 0) !== bytes.length) {
    throw new SystemCallError('send to netlink', koffi.errno())
  }
  let failure: Acknowledgement | undefined
  const room = Buffer.alloc(65_536)
  for (;;) {
    const length = Number(libcRecv(fd, room, room.length, 0))
    if (length < 0) throw new SystemCallError('receive from netlink', koffi.errno())
    const answers = decodeAcknowledgements(room.subarray(0, length))
    failure ??= answers.find((answer) => answer.errno !== 0)
    if (answers.some((answer) => answer.sequence === last)) break
  }
  if (failure === undefined) return
  const text = requests[failure.sequence]?.text ?? 'a request'
  throw new SystemCallError(failure.reason === undefined ? text : `${text}: ${failure.reason}`, failure.errno)
}
