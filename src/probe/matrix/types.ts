import type { Host } from '../../cluster/host.ts'
import type { Outcome } from '../outcome.ts'
import type { ProbeProtocol } from '../prober/protocol.ts'

export interface MatrixPort {
  readonly protocol: ProbeProtocol
  readonly port: number
}

/** Where probes start: a pod (probed from inside its network namespace), a node, an outsider or an external host. */
export interface MatrixSource {
  /** For a pod `NAMESPACE/NAME`, else the host's name. */
  readonly name: string
  readonly host: Host
}

/** Where probes go. */
export interface MatrixTarget {
  /** For a pod `NAMESPACE/NAME`, for a Service whatever tells it from a pod. */
  readonly name: string
  /** Probed at the one of the wanted family: pod IPs, cluster IPs, or the addresses of a machine. */
  readonly addresses: readonly string[]
  /**
   * The hosts whose servers may answer, with the names that their servers may call themselves. A probe that is answered by
   * anybody else is an `error`. Empty: whoever answers, answers (`ok` then means no more than that a connection stood).
   */
  readonly servers: readonly MatrixServer[]
  /** The port at the servers, where it is not the one that is probed (a Service's targetPort). */
  readonly serverPort?: (port: MatrixPort) => number
}

export interface MatrixServer {
  readonly host: Host
  readonly names: readonly string[]
}

export interface MatrixRequest {
  readonly sources: readonly MatrixSource[]
  readonly targets: readonly MatrixTarget[]
  readonly ports: readonly MatrixPort[]
  /** Default 4. */
  readonly family?: 4 | 6
  /** Which pairs; default: all but a source to its own namesake. */
  readonly includes?: (source: MatrixSource, target: MatrixTarget) => boolean
  /** After this long without a sign of life a pair counts as blocked. Default 300. */
  readonly timeoutMs?: number
  /**
   * How many packets the nodes' rules have dropped so far, all nodes together. When the number of packets dropped since the
   * start equals that of the packets that were sent and met silence, the silence is explained and is not waited out.
   */
  readonly countDrops?: () => Promise<number>
  readonly signal?: AbortSignal
}

/**
 * One pair on one port. `skipped`: the kernel cannot speak the protocol, or there is no address of the family.
 * `isDelivered`: whether the packets got there and back: true for `ok`, and for `refused` where the server's own host, asked from
 * inside, refuses too (nothing listens); undefined for `error` and `skipped`, which say nothing about the network.
 */
export interface CellOutcome {
  readonly from: string
  readonly to: string
  readonly port: MatrixPort
  readonly outcome: Outcome | 'skipped'
  readonly isDelivered: boolean | undefined
  readonly detail: string
  /** The address that was probed. */
  readonly address: string | undefined
  readonly answeredBy?: string
  /** More than one source port: earlier attempts had no answer. */
  readonly sourcePorts: readonly number[]
  readonly durationMs: number
  /** How silence was told from a lost packet. */
  readonly confirmedBy?: 'drop counters'
}

export interface MatrixResult {
  /** In the order of sources, targets, ports. */
  readonly cells: readonly CellOutcome[]
  /** Each server asked from inside its own network namespace, where no rule of a node is in the way. */
  readonly controls: readonly CellOutcome[]
  readonly durationMs: number
  readonly timeoutMs: number
}
