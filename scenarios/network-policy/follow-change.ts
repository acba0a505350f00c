import { type Judged, type MatrixProber, type Pod, type StepContext, serverNameOf, waitFor } from '../../src/index.ts'
import { isDelivered, probeByCommand } from './matrix-by-commands.ts'

/** How many probes in a row must agree before and after the change: of a prober, and of commands, which are slow. */
const STEADY = { prober: 8, commands: 3 } as const
const TIMEOUT_MS = 5000
/** What a probe waits for an answer: the grain of the measurement while nothing gets through. */
const PROBE_MS = 45
const PORT = { protocol: 'tcp', port: 80 } as const

interface Sample {
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly isDelivered: boolean | undefined
}

/** What probes saw, one right after the other, while a policy came or went. */
export interface Enforcement {
  readonly evidenceId: string
  /** Whether all probes before the change went as they had to. */
  readonly isSteadyBefore: boolean
  /** From the API's acknowledgement to the first probe that obeyed; undefined when none did in time. */
  readonly obeyedAfterMs: number | undefined
  /** Probes after the acknowledgement that still went as before. */
  readonly slipped: number
  /** Probes after the first that obeyed that did not. */
  readonly relapses: number
}

/**
 * Probes a pair on TCP port 80 without a pause while `change` is made, until it has taken effect for good.
 * @param becomes how the pair has to be afterwards
 */
export async function followChange(
  context: StepContext,
  title: string,
  {
    prober,
    from,
    to,
    becomes,
  }: {
    readonly prober: MatrixProber | undefined
    readonly from: Pod
    readonly to: Pod
    readonly becomes: 'allowed' | 'blocked'
  },
  change: () => Promise<void>,
): Promise<Enforcement> {
  const { signal } = context
  const samples: Sample[] = []
  const wanted = becomes === 'allowed'
  const steady = STEADY[prober === undefined ? 'commands' : 'prober']
  const ended = new AbortController()
  const probing = (async () => {
    while (!ended.signal.aborted) {
      const startedAtMs = Date.now()
      const isDelivered = await probe(prober, from, to, signal)
      samples.push({ startedAtMs, endedAtMs: Date.now(), isDelivered })
    }
  })()
  let changedAtMs = 0
  let acknowledgedAtMs = 0
  try {
    const all = async (look: () => boolean) =>
      await waitFor('probes that agree', look, { timeoutMs: TIMEOUT_MS, signal }).catch(() => signal.throwIfAborted())
    await all(() => samples.length >= steady)
    changedAtMs = Date.now()
    await change()
    acknowledgedAtMs = Date.now()
    await all(
      () =>
        samples.length > steady &&
        samples.slice(-steady).every((sample) => sample.startedAtMs > changedAtMs && sample.isDelivered === wanted),
    )
  } finally {
    ended.abort()
    await probing
  }
  return judge(context, title, samples, { wanted, steady, changedAtMs, acknowledgedAtMs })
}

async function probe(
  prober: MatrixProber | undefined,
  from: Pod,
  to: Pod,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  if (prober === undefined) {
    return isDelivered((await probeByCommand(from, to.addresses[0] ?? '', PORT, signal)).outcome)
  }
  const name = serverNameOf(to.namespace, to.name)
  const { cells } = await prober.run({
    sources: [{ name: serverNameOf(from.namespace, from.name), host: from }],
    targets: [{ name, addresses: to.addresses, servers: [{ host: to, names: [name] }] }],
    ports: [PORT],
    timeoutMs: PROBE_MS,
    signal,
  })
  return cells[0]?.isDelivered
}

function judge(
  context: StepContext,
  title: string,
  samples: readonly Sample[],
  {
    wanted,
    steady,
    changedAtMs,
    acknowledgedAtMs,
  }: { wanted: boolean; steady: number; changedAtMs: number; acknowledgedAtMs: number },
): Enforcement {
  const clockOf = (epochMs: number): number => context.clockOf(epochMs)
  // What was under way when the change came belongs to neither side.
  const before = samples.filter((sample) => sample.endedAtMs < changedAtMs)
  const after = samples.filter((sample) => sample.startedAtMs >= changedAtMs)
  const first = after.findIndex((sample) => sample.isDelivered === wanted)
  const obeying = first < 0 ? undefined : after[first]
  const isBad = (sample: Sample): boolean => sample.startedAtMs >= acknowledgedAtMs && sample.isDelivered !== wanted
  const moments = [
    { atMs: clockOf(changedAtMs), what: 'the change is sent' },
    { atMs: clockOf(acknowledgedAtMs), what: 'the API has it' },
    ...(obeying ? [{ atMs: clockOf(obeying.startedAtMs), what: 'the first probe that obeys' }] : []),
  ]
  const ticks = samples.map((sample) => ({
    atMs: clockOf(sample.startedAtMs),
    what:
      sample.isDelivered === undefined
        ? 'a probe that failed'
        : `a probe that ${sample.isDelivered ? 'got through' : 'was blocked'}`,
    lane: sample.isDelivered === true ? 'got through' : 'blocked',
    tone: isBad(sample)
      ? ('bad' as const)
      : sample.startedAtMs < changedAtMs
        ? ('neutral' as const)
        : ('good' as const),
  }))
  return {
    evidenceId: context.evidence.add({
      kind: 'timeline',
      title,
      entries: [...moments, ...ticks].sort((a, b) => a.atMs - b.atMs),
    }),
    isSteadyBefore: before.length >= steady - 1 && before.every((sample) => sample.isDelivered === !wanted),
    obeyedAfterMs: obeying && Math.max(0, obeying.startedAtMs - acknowledgedAtMs),
    slipped: after.slice(0, first < 0 ? undefined : first).filter(isBad).length,
    relapses: first < 0 ? 0 : after.slice(first).filter((sample) => sample.isDelivered !== wanted).length,
  }
}

/** That the change took effect, with how long that took and what slipped through, which are not judged. */
export function tookEffect({ evidenceId, obeyedAfterMs, slipped }: Enforcement): Judged {
  return {
    pass: obeyedAfterMs !== undefined,
    expected: `within ${TIMEOUT_MS} ms`,
    observed:
      obeyedAfterMs === undefined
        ? 'not one'
        : `${obeyedAfterMs} ms after the API had it; until then ${slipped} probes went as before`,
    evidence: [evidenceId],
  }
}
