/** What a figure is counted in. */
export type Unit = 's' | 'ms' | 'MiB' | 'per second'

/** Another program at the same task in the same run, or why it did not take part. Who did not is no comparison. */
export type PeerResult =
  | { readonly name: string; readonly runs: readonly number[] }
  | { readonly name: string; readonly skipped: string }

/** At most so much, or at least so many times as good as the first peer. */
export type Goal = { readonly atMost: number } | { readonly timesBetter: number }

/** One thing that was measured. */
export interface Figure {
  readonly name: string
  readonly unit: Unit
  /** What packetproof needed (with `per second`: managed), one number per run. */
  readonly runs: readonly number[]
  readonly goal?: Goal
  readonly peers?: readonly PeerResult[]
  /** Where the time goes, as measured in these runs or as is known of the method. */
  readonly limit: string
}

export interface BenchContext {
  /** How often each thing is measured. */
  readonly runCount: number
  /** A folder for files, removed at the end. */
  readonly folder: string
  readonly signal: AbortSignal
  readonly say: (text: string) => void
}

/** One measurement of some figures that come from the same runs. */
export interface Benchmark {
  readonly name: string
  readonly what: string
  readonly measure: (context: BenchContext) => Promise<readonly Figure[]>
}

export async function repeat<T>(context: BenchContext, what: string, run: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let index = 0; index < context.runCount; index += 1) {
    context.signal.throwIfAborted()
    context.say(`${what} (${index + 1}/${context.runCount})`)
    results.push(await run())
  }
  return results
}
