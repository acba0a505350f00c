import { setTimeout as delay } from 'node:timers/promises'
import type { Held, ProbeSession } from '../prober/probe-session.ts'

/** Nothing new for so long: what is still silent is probably going to stay so. */
const QUIET_MS = 20
/** Counters that have not added up so many times in a row will not do so later. */
const MAX_LOOKS = 4

/**
 * While sessions run: whenever all that is left is silent, compares the packets that were dropped with those that met silence, and
 * concludes the silent probes when the two are equal: each of them is then known to have been dropped. In the meantime the
 * probers hold still, so that nothing is sent between the two countings.
 * @param droppedSinceStart packets; undefined: silence is waited out.
 * @returns the ids of the probes that were explained, once every session is done.
 */
export async function explainSilence(
  sessions: readonly ProbeSession[],
  lastProgressAt: () => number,
  droppedSinceStart: (() => Promise<number>) | undefined,
  signal?: AbortSignal,
): Promise<ReadonlySet<number>> {
  const confirmed = new Set<number>()
  let confirmedPackets = 0
  for (let looks = 0; looks < MAX_LOOKS && droppedSinceStart !== undefined; ) {
    const active = sessions.filter((session) => !session.isDone)
    if (active.length === 0) break
    await delay(QUIET_MS, undefined, signal === undefined ? {} : { signal })
    if (performance.now() - lastProgressAt() < QUIET_MS) continue
    const held = await Promise.all(active.map(async (session) => [session, await session.hold()] as const))
    const packets = held.reduce((sum, [, { silent }]) => sum + packetsOf(silent), 0)
    const isSettled = packets > 0 && held.every(([, { talking }]) => talking === 0)
    if (isSettled) looks += 1
    if (
      isSettled &&
      (await droppedSinceStart()) - confirmedPackets === packets + timedOutPackets(sessions, confirmed)
    ) {
      confirmedPackets += packets
      looks = 0
      for (const [session, { silent }] of held) {
        for (const { id } of silent) confirmed.add(id)
        session.conclude(
          silent.map(({ id }) => id),
          'dropped: the drop counters of the nodes rose by just what was sent in vain',
        )
      }
    } else for (const [session] of held) session.release()
  }
  await Promise.all(sessions.map(async (session) => await session.done))
  return confirmed
}

function packetsOf(silent: Held['silent']): number {
  return silent.reduce((sum, { packets }) => sum + packets, 0)
}

/** What has run into its time limit before it was explained may have been dropped as well. */
function timedOutPackets(sessions: readonly ProbeSession[], confirmed: ReadonlySet<number>): number {
  const reports = sessions.flatMap((session) => [...session.reports.values()])
  return reports
    .filter(({ id, outcome }) => outcome === 'timed-out' && !confirmed.has(id))
    .reduce((sum, { sourcePorts }) => sum + sourcePorts.length, 0)
}
