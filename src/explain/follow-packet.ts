import type { Tuple } from './explanation.ts'
import { withPort } from './find-ending.ts'
import { isSameTuple, type TracedPassage } from './read-passages.ts'

/** IPv4 20, UDP 8, the message's header 16 and its tag 16 (whitepaper §5.4.6): the inner packet is padded to 16. */
const wireguardOverhead = 60
const wireguardPadding = 16
const ipv6HeaderExtra = 20

/** Every passage that has not been told yet, of all hosts. */
export class PassagePool {
  readonly #left: TracedPassage[]

  constructor(passages: readonly TracedPassage[]) {
    this.#left = [...passages]
  }

  /**
   * The passages of one packet, from the host that made it on, in the order in which it took them; empty when no host
   * made such a packet. They are taken out of the pool.
   */
  follow(isBeginning: (passage: TracedPassage) => boolean): TracedPassage[] {
    const first = this.#left
      .filter((passage) => passage.hooks[0]?.hook === 'output' && isBeginning(passage))
      .sort((a, b) => a.order - b.order)[0]
    const way: TracedPassage[] = []
    for (let next = first; next !== undefined; next = this.#next(next)) {
      this.#left.splice(this.#left.indexOf(next), 1)
      way.push(next)
    }
    return way
  }

  /** The data message of WireGuard in which a packet of this length left for that endpoint. */
  outerOf(host: string, endpoint: string, innerLength: number): (Tuple & { readonly length: number }) | undefined {
    const found = this.#left.find(
      ({ host: name, length, left, hooks }) =>
        name === host &&
        hooks[0]?.hook === 'output' &&
        withPort(left.destination, left.destinationPort) === endpoint &&
        length >= innerLength + wireguardOverhead &&
        length < innerLength + wireguardOverhead + wireguardPadding + ipv6HeaderExtra,
    )
    if (found === undefined) return undefined
    this.#left.splice(this.#left.indexOf(found), 1)
    return { ...found.left, length: found.length }
  }

  /** Where the packet was seen next: as it had become, with a TTL that forwarding has made smaller, never larger. */
  #next(last: TracedPassage): TracedPassage | undefined {
    const isOver = last.hooks.at(-1)?.hook !== 'postrouting'
    if (isOver) return undefined
    return this.#left
      .filter(
        (candidate) =>
          candidate.hooks[0]?.hook === 'prerouting' &&
          candidate.identity === last.identity &&
          candidate.length === last.length &&
          candidate.isSyn === last.isSyn &&
          candidate.ttl <= last.ttl &&
          isSameTuple(candidate.entered, last.left) &&
          (last.outInterface !== 'lo' || candidate.host === last.host),
      )
      .sort((a, b) => b.ttl - a.ttl || Number(b.host !== last.host) - Number(a.host !== last.host))[0]
  }
}

export function answers(tuple: Tuple, request: Tuple): boolean {
  return (
    tuple.source === request.destination &&
    tuple.destination === request.source &&
    tuple.sourcePort === request.destinationPort &&
    tuple.destinationPort === request.sourcePort
  )
}
