import type { Host } from '../cluster/host.ts'
import { invalidInput } from '../errors.ts'
import type { Capture, CaptureOptions } from './capture-types.ts'
import { MAX_SNAPLEN } from './pcap-header.ts'
import { RunningCapture } from './running-capture.ts'

export type { Capture, CaptureOptions, CaptureResult } from './capture-types.ts'

/** A marker and the longest link header before it. */
const MIN_SNAPLEN = 64

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

function checkOptions({ interface: name, snaplen, maxPackets }: CaptureOptions): void {
  if (name === '' || /[\s/]/.test(name)) throw invalidInput(`"${name}" is not an interface name`)
  if (snaplen !== undefined && (!Number.isInteger(snaplen) || snaplen < MIN_SNAPLEN || snaplen > MAX_SNAPLEN)) {
    throw invalidInput(`snaplen is ${snaplen}, expected ${MIN_SNAPLEN} to ${MAX_SNAPLEN} bytes`)
  }
  if (maxPackets !== undefined && (!Number.isInteger(maxPackets) || maxPackets < 1)) {
    throw invalidInput(`maxPackets is ${maxPackets}, expected a whole number from 1`)
  }
}
