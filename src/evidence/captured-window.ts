import type { CaptureResult } from '../capture/capture.ts'
import type { Packet } from '../packet/types.ts'
import type { Evidence } from '../report/model.ts'

type PacketRow = Extract<Evidence, { kind: 'capture' }>['rows'][number]
export type Highlight = NonNullable<PacketRow['highlight']>

/** Packets of one capture point, with what is wrong about them if anything: a `CaptureResult`, or one that is kept as evidence. */
export interface Captured {
  readonly host: string
  readonly interface: string
  readonly packets: readonly Packet[]
  /** Why the capture can not be relied upon. */
  readonly problem?: string | undefined
  readonly evidenceId?: string
  mark?(packets: readonly Packet[], highlight: Highlight): void
}

/** What was captured at one point while something happened, as evidence. */
export class CapturedWindow implements Captured {
  readonly evidenceId: string
  readonly capture: CaptureResult
  /** Shared with the evidence, which shows the marks. */
  readonly #marks: Map<number, Highlight>

  constructor(evidenceId: string, capture: CaptureResult, marks: Map<number, Highlight>) {
    this.evidenceId = evidenceId
    this.capture = capture
    this.#marks = marks
  }

  get host(): string {
    return this.capture.host
  }

  get interface(): string {
    return this.capture.interface
  }

  get packets(): readonly Packet[] {
    return this.capture.packets
  }

  /** Why the capture can not be relied upon; undefined when it covers its window and lost nothing. */
  get problem(): string | undefined {
    if (this.capture.complete) return undefined
    return `the capture on ${this.host} ${this.interface} is not complete: ${this.capture.problem ?? 'unknown why'}`
  }

  /** The first mark that a packet gets stays. */
  mark(packets: readonly Packet[], highlight: Highlight): void {
    for (const packet of packets) if (!this.#marks.has(packet.index)) this.#marks.set(packet.index, highlight)
  }
}
