import type { DecodeOptions } from '../packet/link.ts'
import type { Packet } from '../packet/types.ts'

export interface CaptureOptions extends DecodeOptions {
  /** An interface name, or `any`. */
  readonly interface: string
  /** A pcap-filter(7) expression. Default: everything. */
  readonly filter?: string
  /**
   * Bytes kept of each packet, 64 to 262,144. Default 2,048: headers and a payload's beginning of whatever offloading makes large.
   * The kernel's ring has slots of this size, so a large value makes it drop bursts (2,000 datagrams at once: half of them at 262,144).
   */
  readonly snaplen?: number
  /** Ends the capture after so many packets; it is then incomplete. Default: no limit. */
  readonly maxPackets?: number
  /** Where the host keeps the file while capturing. Default: a new name under /tmp. */
  readonly path?: string
  readonly signal?: AbortSignal
  /** How long tcpdump may take to listen. Default 10,000. */
  readonly readyTimeoutMs?: number
  /** How long a marker may take to be seen. Default 3,000. */
  readonly markerTimeoutMs?: number
}

/** What was seen at one place during one window. */
export interface CaptureResult {
  readonly host: string
  readonly interface: string
  readonly filter: string | undefined
  /** Without markers. */
  readonly packets: readonly Packet[]
  /** The frames with which captures, this one and others, proved that they see. */
  readonly markers: readonly Packet[]
  /** Undefined when tcpdump left no statistics. */
  readonly droppedByKernel: number | undefined
  /** Everything that passed the filter in the window is in `packets`: what is not there was not there. */
  readonly complete: boolean
  /** Why the capture is not complete. */
  readonly problem: string | undefined
  /** The file, markers included. */
  readonly pcap: Buffer
  readonly startedAtMs: number
  readonly stoppedAtMs: number
}

/** A capture that has begun. Disposing of it without `stop` ends tcpdump and removes its file. */
export interface Capture extends AsyncDisposable {
  readonly host: string
  readonly interface: string
  readonly filter: string | undefined
  /** What has been captured so far, without markers: for waiting until something is seen, never for proving absence. */
  peek(): Promise<readonly Packet[]>
  /** Closes the window and reads it. Resolves also when the capture is no good: see `complete`. Further calls return the same result. */
  stop(): Promise<CaptureResult>
}
