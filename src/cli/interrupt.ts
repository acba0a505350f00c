import { setMaxListeners } from 'node:events'
import { PacketproofError } from '../errors.ts'

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

type EndingSignal = keyof typeof exitCodes

export interface Interrupt extends Disposable {
  readonly signal: AbortSignal
  /** What ended the work, for instance `SIGINT`. */
  cause(): string
  /** The exit code of the signal that arrived; undefined when none did. */
  exitCode(): number | undefined
}

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort, so that the work can clean up; the second ends the process at once.
 * @param timeoutMs abort after this long, too.
 */
export function listenForInterrupt(timeoutMs: number | undefined, onInterrupt: (text: string) => void): Interrupt {
  const controller = new AbortController()
  // Each command, capture and wait of a run listens to it.
  setMaxListeners(0, controller.signal)
  let received: EndingSignal | undefined
  const listener = (name: NodeJS.Signals) => {
    const signal = name as EndingSignal
    if (received !== undefined) process.exit(exitCodes[signal])
    received = signal
    onInterrupt(`${signal}: cleaning up; once more ends at once`)
    controller.abort(new PacketproofError('E_INTERRUPTED', `interrupted by ${signal}`))
  }
  const signals = Object.keys(exitCodes) as EndingSignal[]
  for (const name of signals) process.on(name, listener)
  const timer = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs)
  function expire(): void {
    controller.abort(
      new PacketproofError('E_TIMEOUT', `the run took longer than ${(timeoutMs ?? 0) / 1000} s`, {
        hint: 'allow more with --timeout, or run fewer scenarios at a time',
      }),
    )
  }
  return {
    signal: controller.signal,
    cause: () => received ?? 'its time limit',
    exitCode: () => (received === undefined ? undefined : exitCodes[received]),
    [Symbol.dispose]() {
      clearTimeout(timer)
      for (const name of signals) process.off(name, listener)
    },
  }
}
