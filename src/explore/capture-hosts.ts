import { CleanupStack } from '../../helpers/cleanup-stack.ts'
import { type LiveCapture, startLiveCapture } from '../capture/live-capture.ts'
import type { Host } from '../cluster/host.ts'
import type { CapturedPacket } from './packet-line.ts'

export interface CapturePlan {
  readonly hosts: readonly Host[]
  readonly interface: string
  readonly filter?: string
  readonly maxPackets?: number
  readonly signal: AbortSignal
}

/**
 * Captures on several hosts at once and hands each packet over as it is seen; their times are of one clock where the hosts share a
 * kernel. Resolves when the signal ends it, or all captures have as many packets as they may.
 */
export async function captureHosts(plan: CapturePlan, onPacket: (packet: CapturedPacket) => void): Promise<void> {
  const { hosts, signal, ...options } = plan
  const cleanup = new CleanupStack()
  let stopped: Promise<void> | undefined
  const stop = (): void => {
    stopped ??= cleanup.run()
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    const captures = await startAll(hosts, { ...options, signal }, cleanup)
    await Promise.all(
      captures.map(async (capture) => {
        for await (const packet of capture.packets()) {
          onPacket({ host: capture.host, interface: capture.interface, packet })
        }
      }),
    )
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
    await stopped
  }
}

async function startAll(
  hosts: readonly Host[],
  options: Omit<CapturePlan, 'hosts'>,
  cleanup: CleanupStack,
): Promise<LiveCapture[]> {
  const { signal, ...capture } = options
  const started: LiveCapture[] = []
  for (const host of hosts) {
    signal.throwIfAborted()
    const running = await startLiveCapture(host, capture)
    cleanup.push(`the capture on ${host.name}`, () => running.stop())
    started.push(running)
  }
  return started
}
