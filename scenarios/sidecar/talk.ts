import { randomBytes } from 'node:crypto'
import type { ExecResult, Host } from '../../src/index.ts'

export interface TalkOptions {
  /** Who connects; default the app's user. */
  readonly uid?: number
  readonly gid?: number
  /** Where from; default what the kernel chooses. */
  readonly source?: string
  /** The path of the request; default `/clientip`, which answers who the app sees. */
  readonly path?: string
  readonly signal: AbortSignal
}

/** One request over TCP, and what came of it. */
export interface Talk {
  readonly from: Host
  readonly to: string
  /** No other connection of this run has it. */
  readonly sourcePort: number
  /** The answer's body; empty when none came. */
  readonly body: string
  /** Whether the connection stood, whoever accepted it. */
  readonly isConnected: boolean
  readonly exec: ExecResult
}

const TIMEOUT_SECONDS = 2

let nextPort = 20_000 + (randomBytes(2).readUInt16BE(0) % 8000)

/** A port that no other connection of this run has: conntrack knows nothing of it. */
function freshPort(): number {
  nextPort = nextPort >= 30_000 ? 20_000 : nextPort + 1
  return nextPort
}

/** Connects as a user and a group, sends an HTTP request, and takes the answer. */
export async function talk(from: Host, to: string, port: number, options: TalkOptions): Promise<Talk> {
  const { uid = 1000, gid = uid, path = '/clientip', signal, source } = options
  const sourcePort = freshPort()
  const exec = await from.exec(
    [
      ...['setpriv', '--reuid', String(uid), '--regid', String(gid), '--clear-groups'],
      // An app that asks another before it answers takes an early end for a client that has gone.
      ...[
        'nc.openbsd',
        '-n',
        '-v',
        ...(path.startsWith('/dial') ? [] : ['-N']),
        '-w',
        String(TIMEOUT_SECONDS),
        '-p',
        String(sourcePort),
      ],
      ...(source === undefined ? [] : ['-s', source]),
      ...[to, String(port)],
    ],
    { stdin: `GET ${path} HTTP/1.0\r\n\r\n`, timeoutMs: TIMEOUT_SECONDS * 2000, signal },
  )
  return {
    from,
    to: to.includes(':') ? `[${to}]:${port}` : `${to}:${port}`,
    sourcePort,
    body: (exec.stdout.split('\r\n\r\n')[1] ?? '').trim(),
    isConnected: /succeeded!/.test(exec.stderr),
    exec,
  }
}

/** The peer that the app names in the body of `/clientip`, without its port. */
export function peerIn(body: string): string {
  return body.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
}

/** The address of a host in a family. */
export function ipOf(host: Host, family: 4 | 6 = 4): string {
  return host.addresses.find((address) => address.includes(':') === (family === 6)) ?? ''
}

/** Whether it is a machine beyond the nodes that answers: it echoes what it is sent. */
export function isEchoed({ exec }: Talk): boolean {
  return exec.stdout.startsWith('GET ')
}
