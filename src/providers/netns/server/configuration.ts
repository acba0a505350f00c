import type { MachineInfo } from '../../../cluster/node-access.ts'
import type { ClusterProfile } from '../../../cluster/profile.ts'
import type { ErrorCode } from '../../../errors.ts'

/** What the cluster server is told, as one JSON line on its standard input. The input then stays open: its end is the server's. */
export interface ServerConfiguration {
  readonly name: string
  readonly profile: ClusterProfile
  readonly token: string
  readonly keyPem: string
  readonly certificatePem: string
  readonly keptPaths: readonly string[]
}

/** Descriptors that the cluster server is born with. */
export const LISTENER_FD = 3
export const STATUS_FD = 4

/** What the cluster server says, one JSON line each. `unshared` comes from the shell that waits for its user mappings. */
export type ServerEvent =
  | { readonly event: 'unshared' }
  | { readonly event: 'ready'; readonly machines: readonly MachineInfo[] }
  | { readonly event: 'failed'; readonly code: ErrorCode; readonly message: string; readonly hint?: string }
