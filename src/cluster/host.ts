import type { Readable, Writable } from 'node:stream'

export interface ExecOptions {
  readonly stdin?: string | Buffer
  /** Numeric uid (and gid) to run as; default 0. */
  readonly uid?: number
  readonly env?: Readonly<Record<string, string>>
  /** Kills the process (SIGKILL) when it takes longer. Default 30,000. The result then has `timedOut: true`. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface ExitStatus {
  /** `null` when a signal ended the process. */
  readonly exitCode: number | null
  readonly signal: string | null
}

/** What a finished command did. Its shape is the same whatever the exit code: a non-zero exit is evidence. */
export interface ExecResult extends ExitStatus {
  readonly argv: readonly string[]
  readonly stdout: string
  readonly stderr: string
  readonly startedAtMs: number
  readonly durationMs: number
  readonly timedOut: boolean
}

/** A command that is running on a host. */
export interface HostProcess {
  readonly argv: readonly string[]
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  readonly exited: Promise<ExitStatus>
  kill(signal?: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): Promise<void>
}

export type HostKind = 'node' | 'pod' | 'outsider' | 'external-host'

/**
 * Anything with a network stack of its own that one can run commands in, capture on, and read rules of.
 * For a pod these commands run in the pod's network namespace, entered from its node as root with the machine's tools:
 * nothing is needed in the pod's image. (Commands inside a container go through the Kubernetes API: `Pod.execInContainer`.)
 */
export interface Host {
  readonly name: string
  readonly kind: HostKind
  /** All addresses, IPv4 first, without prefix length. */
  readonly addresses: readonly string[]
  /**
   * Resolves whatever the exit code.
   * @throws PacketproofError E_EXEC_FAILED when the command could not be started at all (no such program, host gone).
   */
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>
  /** Starts a long-running command. Resolves once it has been started. */
  spawn(argv: readonly string[], options?: Omit<ExecOptions, 'stdin' | 'timeoutMs'>): Promise<HostProcess>
  /** Starts one of this project's agents, for instance `['prober']`, with its input and output. */
  startAgent?(args: readonly string[], signal?: AbortSignal): Promise<HostProcess>
  /** Reads a file of this host's own file system. */
  readFile(path: string): Promise<Buffer>
  writeFile(path: string, content: string | Buffer): Promise<void>
}
