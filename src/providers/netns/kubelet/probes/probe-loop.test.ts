import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Probe, ProbeLoop } from './probe-loop.ts'

let loop: ProbeLoop
beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  loop.stop()
  vi.useRealTimers()
})

interface Seen {
  readonly events: string[]
  attempts: number
}

/** @param answer whether the attempt succeeds, by the milliseconds since the start. */
function probe(settings: Probe, answer: (atMs: number) => boolean): Seen {
  const seen: Seen = { events: [], attempts: 0 }
  const startMs = performance.now()
  const now = (): number => Math.round(performance.now() - startMs)
  loop = new ProbeLoop(
    settings,
    async () => {
      seen.attempts += 1
      return { ok: answer(now()), output: 'no' }
    },
    {
      onSuccess: () => seen.events.push(`${now()} ok`),
      onFailure: (_output, decisive) => seen.events.push(`${now()} ${decisive ? 'decided' : 'failed'}`),
    },
  )
  return seen
}

describe('ProbeLoop', () => {
  it('tries again quickly until the first success, then once per period', async () => {
    const seen = probe({ periodSeconds: 10 }, (atMs) => atMs >= 100)
    await vi.advanceTimersByTimeAsync(20_500)
    const [first = ''] = seen.events
    expect(Number.parseInt(first, 10)).toBeLessThan(200)
    expect(seen.events).toHaveLength(3)
  })

  it('counts failures before the first success once per period', async () => {
    const seen = probe({ periodSeconds: 1, failureThreshold: 3 }, () => false)
    await vi.advanceTimersByTimeAsync(3100)
    expect(seen.events.map((event) => event.split(' ')[1])).toEqual(['failed', 'failed', 'decided'])
    expect(seen.attempts).toBeGreaterThan(3)
  })

  it('does nothing before the initial delay is over', async () => {
    const seen = probe({ initialDelaySeconds: 2 }, () => true)
    await vi.advanceTimersByTimeAsync(1900)
    expect(seen.attempts).toBe(0)
    await vi.advanceTimersByTimeAsync(200)
    expect(seen.events).toEqual(['2000 ok'])
  })

  it('decides after as many failures in a row as the threshold says', async () => {
    const seen = probe({ periodSeconds: 1, failureThreshold: 2 }, (atMs) => atMs < 500 || (atMs > 1500 && atMs < 2500))
    await vi.advanceTimersByTimeAsync(4100)
    expect(seen.events).toEqual(['0 ok', '1000 failed', '2000 ok', '3000 failed', '4000 decided'])
  })

  it('asks for as many successes in a row as the threshold says', async () => {
    const seen = probe({ periodSeconds: 1, successThreshold: 2 }, () => true)
    await vi.advanceTimersByTimeAsync(1500)
    expect(seen.events).toEqual(['1000 ok'])
  })
})
