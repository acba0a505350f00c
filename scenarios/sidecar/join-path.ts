import {
  type ConnectionRecord,
  isEqual,
  type Judged,
  type Observation,
  type Packet,
  type Pod,
  type Trace,
} from '../../src/index.ts'
import { isSyn, type PathTraces } from './judge-path.ts'
import { ipOf, type Talk } from './talk.ts'
import { APP_PORT } from './world.ts'

/** Ties the packet, the rule that it met and the proxy's line together: the port that the connection was made from is in all three. */
export function joinPath(
  seen: Observation<Talk>,
  { fromApp, incoming }: PathTraces,
  records: readonly ConnectionRecord[],
  pod: Pod,
): { readonly inbound: Judged; readonly outbound: Judged } {
  const [lo, eth0] = [seen.capture(pod, 'lo'), seen.capture(pod, 'eth0')]
  const came = eth0.packets.find(({ ip, tcp }) => ip?.destination === ipOf(pod) && tcp?.flags.text === 'S')
  const went = lo.packets.find((packet) => isSyn(packet, ipOf(pod), '127.0.0.1', 15_001))
  return {
    inbound: join('inbound', came, eth0.evidenceId, incoming, records),
    outbound: join('outbound', went, lo.evidenceId, fromApp, records),
  }
}

function join(
  direction: ConnectionRecord['direction'],
  packet: Packet | undefined,
  evidenceId: string,
  trace: Trace | undefined,
  records: readonly ConnectionRecord[],
): Judged {
  const ports = {
    packet: packet?.tcp?.sourcePort,
    trace: trace?.hops[0]?.packet.sourcePort,
    log: Number(
      records
        .find((record) => record.direction === direction)
        ?.peer.split(':')
        .at(-1),
    ),
  }
  const port = ports.packet
  return {
    ...isEqual(textOf(ports), textOf({ packet: port, trace: port, log: port })),
    pass: port !== undefined && port === ports.trace && port === ports.log,
    evidence: [evidenceId],
  }
}

function textOf(ports: Readonly<Record<string, number | undefined>>): string {
  return Object.entries(ports)
    .map(([where, port]) => `${where}: from port ${port ?? 'unknown'}`)
    .join(', ')
}

/** Whom ratings, asked by reviews, has seen: its own sidecar. */
export function ratingsSaw(body: string): Judged {
  const peer = /"responses":\["(.*?):\d+"\]/.exec(body)?.[1]
  return isEqual(peer ?? `no answer: ${body}`, '127.0.0.6')
}

/** Where the request of productpage was bound, as its own proxy knows. */
export function productpageAsked(record: ConnectionRecord | undefined, reviews: Pod): Judged {
  return isEqual(record?.original ?? 'no line about it', `${ipOf(reviews)}:${APP_PORT}`)
}
