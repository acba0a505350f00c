import type { Packet } from './types.ts'

/** The data messages of one direction of a session. */
export interface SessionDirection {
  /** What the receiver calls the session: every data message to it carries this number. */
  readonly receiverIndex: number
  /** Of data messages with something in them. */
  readonly packets: readonly Packet[]
  readonly keepalives: number
  /** Each counter from 0 on was seen once: nothing of the session is missing, repeated or foreign. */
  readonly isComplete: boolean
  readonly lastCounter: number | undefined
}

/** A handshake and what was sent under it. */
export interface WireguardSession {
  /** Outer addresses. */
  readonly initiator: string
  readonly responder: string
  readonly startedAtUs: number
  readonly toResponder: SessionDirection
  readonly toInitiator: SessionDirection
}

export interface WireguardSessions {
  readonly sessions: readonly WireguardSession[]
  /** Handshake initiations that got no response. */
  readonly unanswered: readonly Packet[]
  /** Data messages that belong to no handshake of the capture, or go the wrong way. */
  readonly foreign: readonly Packet[]
}

/**
 * Puts the WireGuard messages of a capture together: a response names the initiation it answers, and each data message the index that
 * its receiver gave in the handshake (the protocol's messages 1, 2 and 4).
 */
export function findWireguardSessions(packets: readonly Packet[]): WireguardSessions {
  const initiations = packets.filter(({ wireguard }) => wireguard?.kind === 'handshake-initiation')
  const answered = new Set<Packet>()
  const claimed = new Set<Packet>()
  const data = packets.filter(({ wireguard }) => wireguard?.kind === 'transport-data')
  const directionOf = (from: string, to: string, receiverIndex: number): SessionDirection => {
    const own = data.filter(
      ({ ip, wireguard }) => ip?.source === from && ip.destination === to && wireguard?.receiverIndex === receiverIndex,
    )
    for (const packet of own) claimed.add(packet)
    const counters = own.map(({ wireguard }) => wireguard?.counter ?? -1).toSorted((a, b) => a - b)
    return {
      receiverIndex,
      packets: own.filter(({ wireguard }) => wireguard?.keepalive === false),
      keepalives: own.filter(({ wireguard }) => wireguard?.keepalive === true).length,
      isComplete: counters.every((counter, at) => counter === at),
      lastCounter: counters.at(-1),
    }
  }
  const sessions = packets.flatMap((response): WireguardSession[] => {
    const { wireguard, ip } = response
    if (wireguard?.kind !== 'handshake-response' || ip === undefined) return []
    const initiation = initiations.find(
      (message) =>
        message.wireguard?.senderIndex === wireguard.receiverIndex &&
        message.ip?.source === ip.destination &&
        message.ip.destination === ip.source,
    )
    if (initiation === undefined || answered.has(initiation)) return []
    answered.add(initiation)
    const [initiator, responder] = [ip.destination, ip.source]
    return [
      {
        initiator,
        responder,
        startedAtUs: initiation.timestampUs,
        toResponder: directionOf(initiator, responder, wireguard.senderIndex ?? -1),
        toInitiator: directionOf(responder, initiator, wireguard.receiverIndex ?? -1),
      },
    ]
  })
  return {
    sessions,
    unanswered: initiations.filter((message) => !answered.has(message)),
    foreign: data.filter((packet) => !claimed.has(packet)),
  }
}
