import { type Capture, type CaptureOptions, type CaptureResult, startCapture } from '../capture/capture.ts'
import type { Host } from '../cluster/host.ts'
import { PacketproofError } from '../errors.ts'

export interface StartedPoint extends AsyncDisposable {
  stop(): Promise<CaptureResult>
}

/**
 * Starts all captures at once. One that is refused (its interface is down, say) does not end the observation: it is an empty capture
 * that is not complete, so that only what rests on it stays undecided.
 * @throws what else went wrong, after the captures that did start have been ended.
 */
export async function startPoints(
  points: readonly { readonly host: Host; readonly options: CaptureOptions }[],
): Promise<readonly StartedPoint[]> {
  const results = await Promise.allSettled(points.map(({ host, options }) => startPoint(host, options)))
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed === undefined) return started
  await Promise.all(started.map((point) => point[Symbol.asyncDispose]()))
  throw failed.reason
}

async function startPoint(host: Host, options: CaptureOptions): Promise<Capture | StartedPoint> {
  try {
    return await startCapture(host, options)
  } catch (error) {
    if (!(error instanceof PacketproofError) || error.code !== 'E_CAPTURE') throw error
    return refusedPoint(host, options, error.message)
  }
}

function refusedPoint(host: Host, options: CaptureOptions, problem: string): StartedPoint {
  const now = Date.now()
  const result: CaptureResult = {
    host: host.name,
    interface: options.interface,
    filter: options.filter,
    packets: [],
    markers: [],
    droppedByKernel: undefined,
    complete: false,
    problem,
    pcap: Buffer.alloc(0),
    startedAtMs: now,
    stoppedAtMs: now,
  }
  return { stop: () => Promise.resolve(result), [Symbol.asyncDispose]: () => Promise.resolve() }
}
