declare module 'pcap-parser' {
  import type { EventEmitter } from 'node:events'

  export interface GlobalHeader {
    readonly snapshotLength: number
    readonly linkLayerType: number
  }

  export interface PacketHeader {
    readonly timestampSeconds: number
    readonly timestampMicroseconds: number
    readonly capturedLength: number
    readonly originalLength: number
  }

  export interface Parser {
    on(event: 'globalHeader', listener: (header: GlobalHeader) => void): this
    /** Comes before the packet's bytes are looked at. */
    on(event: 'packetHeader', listener: (header: PacketHeader) => void): this
    on(event: 'packetData', listener: (data: Buffer) => void): this
    on(event: 'error', listener: (error: Error) => void): this
  }

  /** Reads what the stream emits as `data`; of a stream it calls only `on`, `pause` and `resume`. */
  export function parse(stream: EventEmitter & { pause(): unknown; resume(): unknown }): Parser
}
