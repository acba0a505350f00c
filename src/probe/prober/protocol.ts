import type { Outcome } from '../outcome.ts'

/*
 * What `packetproof agent prober` and the harness say to each other: one JSON object per line, requests on its standard input,
 * answers on its standard output. It ends with its input.
 */

/** SCTP works where the kernel has it. */
export type ProbeProtocol = 'tcp' | 'udp' | 'sctp'

export interface ProbeSpec {
  /** The caller's own number, unique in its batch. */
  readonly id: number
  /** An address of the network namespace that the probe starts in; undefined: where the prober itself runs. */
  readonly place?: string
  readonly protocol: ProbeProtocol
  readonly address: string
  readonly port: number
}

/** How a batch is probed; all in milliseconds. */
export interface ProbeTiming {
  /** After this long without a sign of life a probe is `timed-out`. */
  readonly timeoutMs: number
  /** When attempts begin, counted from the first, which is at 0. Each has a source port and a nonce of its own. */
  readonly attemptsAtMs: readonly number[]
  /** How long a server that has been reached may take to say who it is. */
  readonly answerMs: number
}

export type ProberRequest =
  | {
      readonly type: 'probe'
      readonly batch: number
      readonly probes: readonly ProbeSpec[]
      readonly timing: ProbeTiming
    }
  /** Stops the clocks of the batch: nothing is sent and nothing times out until `release` or `conclude`. */
  | { readonly type: 'hold'; readonly batch: number }
  | { readonly type: 'release'; readonly batch: number }
  /** Ends these probes as `timed-out`, and releases the batch. */
  | { readonly type: 'conclude'; readonly batch: number; readonly ids: readonly number[]; readonly detail: string }
  /** Deletes the connection tracking entries of what was sent from these addresses or CIDRs, on this node. */
  | { readonly type: 'forget'; readonly batch: number; readonly places: readonly string[] }

export interface ProbeReport {
  readonly id: number
  readonly outcome: Outcome
  /** What decided it, for people. */
  readonly detail: string
  /** What the server that answered calls itself; undefined when it did not say. */
  readonly answeredBy?: string
  /** Whether the answer carried the nonce of this probe. */
  readonly isVerified: boolean
  /** The source port of each attempt, in order: their number is that of the attempts, each of them one packet until something comes back. */
  readonly sourcePorts: readonly number[]
  readonly durationMs: number
}

/** A probe that has sent and heard nothing yet. */
export interface SilentProbe {
  readonly id: number
  readonly packets: number
}

export type ProberAnswer =
  /** `unavailable`: why this kernel cannot speak a protocol. */
  | { readonly type: 'ready'; readonly unavailable: Readonly<Partial<Record<ProbeProtocol, string>>> }
  | { readonly type: 'reports'; readonly batch: number; readonly reports: readonly ProbeReport[] }
  /** `waiting`: probes that have not begun, because too many are under way. */
  | {
      readonly type: 'held'
      readonly batch: number
      readonly silent: readonly SilentProbe[]
      /** Probes that have heard something and are not done. */
      readonly talking: number
      readonly waiting: number
    }
  | { readonly type: 'forgotten'; readonly batch: number }
  | { readonly type: 'failed'; readonly batch?: number; readonly message: string }
