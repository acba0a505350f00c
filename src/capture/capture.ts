import { randomBytes } from 'node:crypto'
import { waitFor } from '../../helpers/wait-for.ts'
import type { Host } from '../cluster/host.ts'
import { invalidInput, messageOf, PacketproofError } from '../errors.ts'
import type { DecodeOptions } from '../packet/link.ts'
import { markerNonce } from '../packet/marker.ts'
import type { Packet } from '../packet/types.ts'
import { MAX_SNAPLEN } from './pcap-header.ts'
import { decodePcap, type PcapFile } from './read-pcap.ts'
import { sendMarker, withMarkers } from './send-marker.ts'
import { startTcpdump, type TcpdumpProcess } from './tcpdump-process.ts'
import { parseStatistics } from './tcpdump-statistics.ts'

/** A marker and the longest link header before it. */
const MIN_SNAPLEN = 64
const EXIT_TIMEOUT_MS = 5000

export interface CaptureOptions extends DecodeOptions {
  /** An interface name, or `any`. */
  readonly interface: string
  /** A pcap-filter(7) expression. Default: everything. */
  readonly filter?: string
  /** Bytes kept of each packet, 64 to 262,144 (default). */
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

/**
 * Starts tcpdump on a host and resolves when it has been seen to see: it says `listening on`, and a marker frame sent on the interface is
 * in its file. The window ends with a second marker. A marker that does not show is no error but makes the result incomplete.
 * @throws PacketproofError E_INVALID_INPUT for options out of range; E_TOOL_MISSING, E_NO_PRIVILEGE or E_CAPTURE with tcpdump's own message.
 */
export async function startCapture(host: Host, options: CaptureOptions): Promise<Capture> {
  checkOptions(options)
  const capture = new RunningCapture(host, options)
  try {
    await capture.start()
  } catch (error) {
    await capture[Symbol.asyncDispose]()
    throw error
  }
  return capture
}

/** Starts several captures at once: all of them, or none. */
export async function startCaptures(
  requests: readonly { readonly host: Host; readonly options: CaptureOptions }[],
): Promise<readonly Capture[]> {
  const settled = await Promise.allSettled(requests.map(({ host, options }) => startCapture(host, options)))
  const failed = settled.find((outcome) => outcome.status === 'rejected')
  const captures = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  if (failed === undefined) return captures
  await Promise.all(captures.map((capture) => capture[Symbol.asyncDispose]()))
  throw failed.reason
}

class RunningCapture implements Capture {
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
      snaplen: this.options.snaplen ?? MAX_SNAPLEN,
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
      await this.tcpdump.process.kill('SIGKILL')
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
    const early = tcpdump.status()
    if (early !== undefined) {
      const limit = this.options.maxPackets
      const why = `tcpdump exited early (${early.signal ?? `exit code ${early.exitCode}`})`
      const hitLimit = limit !== undefined && early.exitCode === 0
      this.problems.push(hitLimit ? `the limit of ${limit} packets was reached: what came later was not captured` : why)
      return Date.now()
    }
    await this.mark(this.endNonce, 'second')
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

function checkOptions({ interface: name, snaplen, maxPackets }: CaptureOptions): void {
  if (name === '' || /[\s/]/.test(name)) throw invalidInput(`"${name}" is not an interface name`)
  if (snaplen !== undefined && (!Number.isInteger(snaplen) || snaplen < MIN_SNAPLEN || snaplen > MAX_SNAPLEN)) {
    throw invalidInput(`snaplen is ${snaplen}, expected ${MIN_SNAPLEN} to ${MAX_SNAPLEN} bytes`)
  }
  if (maxPackets !== undefined && (!Number.isInteger(maxPackets) || maxPackets < 1)) {
    throw invalidInput(`maxPackets is ${maxPackets}, expected a whole number from 1`)
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
