import type { Readable } from 'node:stream'
import type { Host } from '../cluster/host.ts'
import { PacketproofError } from '../errors.ts'
import { decodePacket } from '../packet/decode-packet.ts'
import { markerNonce } from '../packet/marker.ts'
import type { Packet } from '../packet/types.ts'
import { PcapFramer } from './pcap-framer.ts'
import { startTcpdump } from './tcpdump-process.ts'
import { complaintOf, parseStatistics } from './tcpdump-statistics.ts'

export interface LiveCaptureOptions {
  readonly interface: string
  /** A pcap-filter(7) expression. Default: everything. */
  readonly filter?: string
  /** Default 2,048. */
  readonly snaplen?: number
  /** Ends by itself after so many packets. */
  readonly maxPackets?: number
  readonly signal?: AbortSignal
}

/** A capture that is read while it runs: for a person to watch, or another program. As evidence use `startCapture`. */
export interface LiveCapture {
  readonly host: string
  readonly interface: string
  /** The pcap file as it is written. Read either this or `packets`. */
  readonly pcap: Readable
  /** Ends when the capture does. */
  packets(): AsyncGenerator<Packet>
  /** Ends tcpdump. */
  stop(): Promise<void>
  /** What the kernel dropped, when tcpdump has ended and said so. */
  droppedByKernel(): number | undefined
}

const defaultSnaplen = 2048
const readyTimeoutMs = 10_000

/** @throws PacketproofError as `startCapture`: no such interface, a filter that tcpdump refuses (its own message), no tcpdump. */
export async function startLiveCapture(host: Host, options: LiveCaptureOptions): Promise<LiveCapture> {
  const { filter, snaplen = defaultSnaplen, maxPackets, signal } = options
  const tcpdump = await startTcpdump(host, {
    interface: options.interface,
    filter,
    snaplen,
    packetLimit: maxPackets,
    path: '-',
    signal,
    readyTimeoutMs,
  })
  const name = `the capture on ${host.name} ${options.interface}`
  async function* packets(): AsyncGenerator<Packet> {
    const framer = new PcapFramer(name)
    for await (const chunk of tcpdump.process.stdout) {
      const ready: Packet[] = []
      framer.push(chunk as Buffer, (frame) => ready.push(decodePacket(frame, framer.header?.linkType ?? 0)))
      // Other captures' markers are nobody's traffic.
      yield* ready.filter((packet) => markerNonce(packet) === undefined)
    }
    const status = await tcpdump.exited
    if (status.exitCode !== 0 && status.signal === null) {
      throw new PacketproofError('E_CAPTURE', `${name} ended: ${complaintOf(tcpdump.stderr()) || 'no message'}`)
    }
  }
  return {
    host: host.name,
    interface: options.interface,
    pcap: tcpdump.process.stdout,
    packets,
    stop: async () => {
      if (tcpdump.status() === undefined) await tcpdump.process.kill('SIGINT')
      await tcpdump.exited
    },
    droppedByKernel: () => parseStatistics(tcpdump.stderr())?.droppedByKernel,
  }
}
