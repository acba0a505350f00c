import type { IcmpError } from '../../../helpers/linux/icmp-errors.ts'
import type { Outcome } from '../outcome.ts'

/** What an attempt is to do; its socket is made in the network namespace that the thread is in. */
export interface AttemptSpec {
  readonly address: string
  readonly port: number
  readonly sourcePort: number
  readonly nonce: string
}

export interface AttemptEnd {
  readonly outcome: Outcome
  readonly detail: string
  readonly answeredBy?: string
  readonly isVerified: boolean
}

export interface AttemptEvents {
  /** Something came back: the other side is there. What follows is to find out who it is. */
  onAlive(): void
  /** At most once. */
  onEnd(end: AttemptEnd): void
}

export interface Attempt {
  /** Looks for what the kernel does not tell of by itself. */
  check(): void
  /** Ends it without an event; leaves no connection behind. */
  abandon(): void
  /** What is known once nothing more is waited for; undefined when nothing came back. */
  conclusion(): AttemptEnd | undefined
}

/** Errors of connect(2), send(2) and recv(2) that are the network's answer, or the sender's own kernel's. */
const outcomesByErrno: Readonly<Record<string, Outcome>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'rejected',
  ENETUNREACH: 'rejected',
  EHOSTDOWN: 'rejected',
  ENOPROTOOPT: 'rejected',
  EPERM: 'rejected',
  EACCES: 'rejected',
  EPROTO: 'rejected',
  ETIMEDOUT: 'timed-out',
}

/** How an attempt ended that met an error; what is not the network's answer is an `error`. */
export function endOfError(error: {
  readonly code?: string | undefined
  readonly errno?: unknown
  readonly message: string
}): AttemptEnd {
  const name = [error.errno, error.code].find((value) => typeof value === 'string' && value in outcomesByErrno)
  const outcome = typeof name === 'string' ? outcomesByErrno[name] : undefined
  return { outcome: outcome ?? 'error', detail: error.message, isVerified: false }
}

/** An ICMP error as an end: `refused` when the host that was asked says that nothing listens to datagrams there. */
export function endOfIcmpError(error: IcmpError, address: string, protocol: 'udp' | 'stream'): AttemptEnd {
  const isPortUnreachable =
    error.family === 4 ? error.type === 3 && error.code === 3 : error.type === 1 && error.code === 4
  const isOwnAnswer = isPortUnreachable && protocol === 'udp' && error.from === address
  const what = isPortUnreachable ? 'port unreachable' : `type ${error.type} code ${error.code}`
  const detail = `ICMP${error.family === 6 ? 'v6' : ''} ${what} from ${error.from}`
  return { outcome: isOwnAnswer ? 'refused' : 'rejected', detail, isVerified: false }
}
