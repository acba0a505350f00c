/** Below the range that Linux gives to other programs (from 32768) and that of NodePorts (from 30000). */
const FIRST = 2000
const LAST = 29_999
const SIZE = LAST - FIRST + 1
/** With this pace the range lasts 140 s: longer than connection tracking remembers what was not answered. */
const PORTS_PER_SECOND = 200

/**
 * Source ports, none of them twice within two minutes for one address, also across probers that follow each other: a new one
 * begins where the clock says. An old connection's state can then not decide about a new probe.
 */
export class SourcePorts {
  readonly #start = Math.floor((Date.now() / 1000) * PORTS_PER_SECOND)
  readonly #used = new Map<string, number>()

  next(place: string): number {
    const used = this.#used.get(place) ?? 0
    this.#used.set(place, used + 1)
    return FIRST + ((this.#start + used) % SIZE)
  }
}
