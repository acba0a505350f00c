import type { ExitStatus } from '../../../cluster/host.ts'
import type { AccessTarget } from '../../../cluster/node-access.ts'
import type { ErrorCode } from '../../../errors.ts'

/** Where the API listener takes the connection that all commands on hosts share. */
export const HOSTS_PATH = '/packetproof/hosts'

/**
 * One WebSocket carries every command of a cluster's user: each binary message is a stream number (four bytes), a channel
 * (one byte) and the payload. Channels 0 to 2 are those of Kubernetes' exec.
 */
export const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, request: 4, signal: 5, stdinEnd: 6 } as const

const HEADER_BYTES = 5

export type HostRequest =
  | {
      readonly kind: 'spawn'
      readonly target: AccessTarget
      readonly argv: readonly string[]
      /** `argv` is what one of this project's agents is called with, and not a program. */
      readonly isAgent?: true
      readonly uid?: number
      readonly env?: Readonly<Record<string, string>>
    }
  | { readonly kind: 'read'; readonly target: AccessTarget; readonly path: string }
  /** The content follows as stdin. */
  | { readonly kind: 'write'; readonly target: AccessTarget; readonly path: string }

export type HostStatus =
  | { readonly status: 'started' }
  | { readonly status: 'done' }
  | { readonly status: 'failed'; readonly code: ErrorCode; readonly message: string; readonly hint?: string }
  | ({ readonly status: 'exited' } & ExitStatus)

export interface Frame {
  readonly stream: number
  readonly channel: number
  readonly payload: Buffer
}

export function encodeFrame(stream: number, channel: number, payload: Buffer | string = ''): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload) : payload
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32BE(stream, 0)
  header.writeUInt8(channel, 4)
  return Buffer.concat([header, body])
}

export function decodeFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  return { stream: bytes.readUInt32BE(0), channel: bytes.readUInt8(4), payload: bytes.subarray(HEADER_BYTES) }
}
