import { PacketproofError } from '../src/errors.ts'

export interface WaitOptions {
  readonly timeoutMs: number
  /** First pause between two looks; it doubles up to ten times this. Default 10. */
  readonly intervalMs?: number
  readonly signal?: AbortSignal
}

/**
 * Looks until `look` returns something other than undefined or false, and returns it.
 * @param reason what is waited for, as a noun phrase: it ends up in the error.
 * @throws PacketproofError E_TIMEOUT after the deadline, with the last error of `look` as its cause.
 */
export async function waitFor<T>(
  reason: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  options: WaitOptions,
): Promise<T> {
  const deadline = performance.now() + options.timeoutMs
  const first = options.intervalMs ?? 10
  let pause = first
  let lastError: unknown
  for (;;) {
    options.signal?.throwIfAborted()
    try {
      const seen = await look()
      if (seen !== undefined && seen !== false) return seen
      lastError = undefined
    } catch (error) {
      lastError = error
    }
    if (performance.now() + pause > deadline) {
      throw new PacketproofError('E_TIMEOUT', `waited ${options.timeoutMs} ms for ${reason}, in vain`, {
        cause: lastError,
      })
    }
    await delay(pause, options.signal)
    pause = Math.min(pause * 1.5, first * 10)
  }
}

async function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(done, ms)
    function done(): void {
      signal?.removeEventListener('abort', aborted)
      resolve()
    }
    function aborted(): void {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    signal?.addEventListener('abort', aborted, { once: true })
  })
}
