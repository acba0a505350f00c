import { randomBytes } from 'node:crypto'
import { waitFor } from '../../helpers/wait-for.ts'
import type { Host } from '../cluster/host.ts'
import { messageOf, PacketproofError } from '../errors.ts'
import { markerNonce } from '../packet/marker.ts'
import type { Packet } from '../packet/types.ts'
import type { Capture, CaptureOptions, CaptureResult } from './capture-types.ts'
import { decodePcap, type PcapFile } from './read-pcap.ts'
import { sendMarker, withMarkers } from './send-marker.ts'
import { startTcpdump, type TcpdumpProcess } from './tcpdump-process.ts'
import { parseStatistics } from './tcpdump-statistics.ts'

const EXIT_TIMEOUT_MS = 5000
const DEFAULT_SNAPLEN = 2048

/** One tcpdump, its file, and the two markers that bound its window. */
export class RunningCapture implements Capture {
  readonly host: string
  readonly interface: string
  readonly filter: string | undefined
  private readonly machine: Host
  private readonly options: CaptureOptions
  private readonly path: string
  private readonly startNonce = newNonce()
  private readonly endNonce = newNonce()
  private tcpdump: TcpdumpProcess | undefined
  private startedAtMs = 0
  private problems: string[] = []
  private result: Promise<CaptureResult> | undefined

  constructor(machine: Host, options: CaptureOptions) {
    this.machine = machine
    this.options = options
    this.host = machine.name
    this.interface = options.interface
    this.filter = options.filter
    // Ubuntu's AppArmor profile lets tcpdump write files that end in .pcap.
    this.path = options.path ?? `/tmp/packetproof-${newNonce()}.pcap`
  }

  async start(): Promise<void> {
    const { signal, maxPackets } = this.options
    signal?.throwIfAborted()
    this.tcpdump = await startTcpdump(this.machine, {
      interface: this.interface,
      filter: withMarkers(this.filter),
      snaplen: this.options.snaplen ?? DEFAULT_SNAPLEN,
      // Two more for the markers.
      packetLimit: maxPackets === undefined ? undefined : maxPackets + 2,
      path: this.path,
      signal,
      readyTimeoutMs: this.options.readyTimeoutMs ?? 10_000,
    })
    await this.mark(this.startNonce, 'first')
    signal?.throwIfAborted()
    this.startedAtMs = Date.now()
  }

  async peek(): Promise<readonly Packet[]> {
    return this.decode(await this.machine.readFile(this.path)).packets.filter(isNoMarker)
  }

  stop(): Promise<CaptureResult> {
    return (this.result ??= this.finish())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.tcpdump !== undefined && this.tcpdump.status() === undefined) {
      // It may end by itself in between.
      await this.tcpdump.process.kill('SIGKILL').catch(() => undefined)
      await this.tcpdump.exited
    }
    await this.machine.exec(['rm', '-f', this.path]).catch(() => undefined)
  }

  private async finish(): Promise<CaptureResult> {
    const stoppedAtMs = await this.close()
    const stderr = this.tcpdump?.stderr() ?? ''
    const pcap = await this.machine.readFile(this.path).catch((error: unknown) => {
      this.problems.push(`its file could not be read back: ${messageOf(error)}`)
      return Buffer.alloc(0)
    })
    const file = pcap.length === 0 ? undefined : this.tryDecode(pcap)
    if (file?.truncated !== undefined) this.problems.push(file.truncated)
    const nonces = new Set(file?.packets.map(markerNonce))
    const bounded = nonces.has(this.startNonce) && nonces.has(this.endNonce)
    if (!bounded && this.problems.length === 0) this.problems.push(`its file lacks the markers that bound the window`)
    const statistics = parseStatistics(stderr)
    if (statistics === undefined) this.problems.push('tcpdump left no statistics')
    else if (statistics.droppedByKernel > 0) {
      this.problems.push(`the kernel dropped ${statistics.droppedByKernel} packets before tcpdump could read them`)
    }
    await this[Symbol.asyncDispose]()
    const packets = file?.packets ?? []
    return {
      host: this.host,
      interface: this.interface,
      filter: this.filter,
      packets: packets.filter(isNoMarker),
      markers: packets.filter((packet) => !isNoMarker(packet)),
      droppedByKernel: statistics?.droppedByKernel,
      complete: this.problems.length === 0,
      problem: this.problems.length === 0 ? undefined : this.problems.join('; '),
      pcap,
      startedAtMs: this.startedAtMs,
      stoppedAtMs,
    }
  }

  /** Second marker, then SIGINT. Returns when the window was closed. */
  private async close(): Promise<number> {
    const { tcpdump } = this
    if (tcpdump === undefined) throw new PacketproofError('E_INTERNAL', 'a capture was stopped before it started')
    if (tcpdump.status() === undefined) await this.mark(this.endNonce, 'second')
    const early = tcpdump.status()
    if (early !== undefined) {
      const limit = this.options.maxPackets
      const why = `tcpdump exited early (${early.signal ?? `exit code ${early.exitCode}`})`
      const hitLimit = limit !== undefined && early.exitCode === 0
      this.problems.push(hitLimit ? `the limit of ${limit} packets was reached: what came later was not captured` : why)
      return Date.now()
    }
    const stoppedAtMs = Date.now()
    await tcpdump.process.kill('SIGINT')
    const ended = await Promise.race([tcpdump.exited.then(() => true), timeout(EXIT_TIMEOUT_MS)])
    if (!ended) this.problems.push(`tcpdump did not stop within ${EXIT_TIMEOUT_MS} ms of SIGINT`)
    return stoppedAtMs
  }

  private async mark(nonce: string, which: 'first' | 'second'): Promise<void> {
    const problem = await sendMarker(this.machine, this.interface, nonce)
    if (problem !== undefined) {
      this.problems.push(`the ${which} marker could not be sent: ${problem}`)
      return
    }
    const { signal, markerTimeoutMs = 3000 } = this.options
    try {
      await waitFor(
        `the ${which} marker`,
        async () => {
          const content = await this.machine.readFile(this.path)
          return content.includes(nonce, undefined, 'latin1') || this.tcpdump?.status() !== undefined
        },
        { timeoutMs: markerTimeoutMs, intervalMs: 3, ...(signal === undefined ? {} : { signal }) },
      )
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof PacketproofError)) throw error
      this.problems.push(`the ${which} marker was sent but not captured within ${markerTimeoutMs} ms`)
    }
  }

  private tryDecode(pcap: Buffer): PcapFile | undefined {
    try {
      return this.decode(pcap)
    } catch (error) {
      this.problems.push(messageOf(error))
      return undefined
    }
  }

  private decode(pcap: Buffer): PcapFile {
    const name = `the capture of ${this.host} ${this.interface}`
    return decodePcap(pcap, { ...this.options, onTruncation: 'report', name })
  }
}

function isNoMarker(packet: Packet): boolean {
  return markerNonce(packet) === undefined
}

function newNonce(): string {
  return randomBytes(8).toString('hex')
}

async function timeout(ms: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), ms).unref()
  })
}
