import { isEqual, type Judged, type Observation, type Packet, type Trace } from '../../src/index.ts'
import type { PathStep } from './draw-path.ts'
import { describeExpected, describeRecord, inboundAt, type proxyRecords } from './proxy-log.ts'
import { ipOf, type Talk } from './talk.ts'
import { APP_PORT } from './world.ts'

/** The packets of the reviews pod that the document follows. */
export interface PathTraces {
  readonly incoming: Trace | undefined
  readonly toApp: Trace | undefined
  readonly answer: Trace | undefined
  readonly fromApp: Trace | undefined
  readonly onward: Trace | undefined
}

/** Of all traces, those of the document's packets: each is the first of its connection. */
export function pickTraces(traces: readonly Trace[], reviews: string, ratings: string): PathTraces {
  const find = (chain: 'PREROUTING' | 'OUTPUT', from: (source: string) => boolean, to: string, isAnswer = false) =>
    traces.filter(({ hops }) => {
      const [first] = hops
      if (first === undefined || first.chain !== chain || !from(first.packet.source)) return false
      return first.packet.destination === to && (first.packet.fields['ACK'] !== undefined) === isAnswer
    })
  const isReviews = (source: string): boolean => source === reviews
  const [fromApp, onward] = find('OUTPUT', isReviews, ratings)
  const [incoming] = find('PREROUTING', (source) => !source.startsWith('127.') && source !== reviews, reviews)
  const [toApp] = find('OUTPUT', (source) => source === '127.0.0.6', reviews)
  const [answer] = find('OUTPUT', isReviews, '127.0.0.6', true)
  return { incoming, toApp, answer, fromApp, onward }
}

interface Facts {
  readonly hasLog: boolean
  readonly records: Awaited<ReturnType<typeof proxyRecords>>
  readonly pod: Parameters<typeof inboundAt>[0]
  readonly ratings: Parameters<typeof inboundAt>[0]
}

/** Every step of the document, and whether it was seen as it says. */
export function judgeSteps(
  seen: Observation<Talk>,
  traces: PathTraces,
  { hasLog, records, pod, ratings }: Facts,
): readonly PathStep[] {
  const { incoming, toApp, answer, fromApp, onward } = traces
  const [lo, eth0] = [seen.capture(pod, 'lo'), seen.capture(pod, 'eth0')]
  const inbound = records.find(({ direction }) => direction === 'inbound')
  const outbound = records.find(({ direction }) => direction === 'outbound')
  const leaves = eth0.packets.some((packet) => isSyn(packet, ipOf(pod), ipOf(ratings), APP_PORT))
  const atApp = lo.packets.some((packet) => isSyn(packet, '127.0.0.6', ipOf(pod), APP_PORT))
  const captured = (judged: Judged, { evidenceId, problem }: typeof lo): Judged => ({
    ...judged,
    evidence: [evidenceId],
    ...(problem !== undefined && { problem }),
  })
  const step = (number: number, text: string, claims: readonly string[], judged: Judged): PathStep => ({
    number,
    text,
    claims,
    judged,
  })
  // A proxy without such a log has taken what it passes on.
  const log = (
    record: typeof inbound,
    passedOn: Trace | undefined,
    ...expected: Parameters<typeof describeExpected>
  ): Judged =>
    hasLog ? isEqual(describeRecord(record), describeExpected(...expected)) : isEqual(passedOn !== undefined, true)
  const hook = (trace: Trace | undefined, chain: string): Judged => {
    const met = [...new Set((trace?.hops ?? []).map((hop) => `${hop.table} ${hop.chain}`))]
    const wanted = `nat ${chain}`
    return { pass: met.includes(wanted), expected: wanted, observed: met.join(', ') || 'no such packet' }
  }
  return [
    step(1, 'the request is met by PREROUTING', ['S1.12'], hook(incoming, 'PREROUTING')),
    step(2, 'PREROUTING hands it to ISTIO_INBOUND', ['S1.12'], goes(incoming, 'PREROUTING', 'ISTIO_INBOUND')),
    step(
      3,
      'ISTIO_INBOUND hands it to ISTIO_IN_REDIRECT',
      ['S1.13'],
      goes(incoming, 'ISTIO_INBOUND', 'ISTIO_IN_REDIRECT'),
    ),
    step(
      4,
      'ISTIO_IN_REDIRECT redirects it to port 15006',
      ['S1.14', 'S1.5'],
      ends(incoming, 'ISTIO_IN_REDIRECT', '-p tcp -j REDIRECT --to-ports 15006'),
    ),
    step(
      5,
      'the proxy takes it, and knows where it was bound',
      ['S1.5'],
      log(inbound, toApp, 'inbound', inboundAt(pod), `${ipOf(pod)}:${APP_PORT}`),
    ),
    step(6, 'OUTPUT hands what the proxy passes on to ISTIO_OUTPUT', [], goes(toApp, 'OUTPUT', 'ISTIO_OUTPUT')),
    step(
      7,
      'the rule for user 1337 lets it pass',
      ['S1.16'],
      ends(toApp, 'ISTIO_OUTPUT', '-m owner --uid-owner 1337 -j RETURN'),
    ),
    step(8, 'it reaches the app, from 127.0.0.6', ['S1.17'], captured(isEqual(atApp, true), lo)),
    step(9, 'the answer of the app is met by OUTPUT of the table nat', ['S1.18'], hook(answer, 'OUTPUT')),
    step(10, 'OUTPUT hands it to ISTIO_OUTPUT', ['S1.18'], goes(answer, 'OUTPUT', 'ISTIO_OUTPUT')),
    step(
      11,
      'the request of the app to ratings goes to ISTIO_REDIRECT',
      ['S1.19'],
      goes(fromApp, 'ISTIO_OUTPUT', 'ISTIO_REDIRECT'),
    ),
    step(
      12,
      'ISTIO_REDIRECT redirects it to port 15001',
      ['S1.20', 'S1.4'],
      ends(fromApp, 'ISTIO_REDIRECT', '-p tcp -j REDIRECT --to-ports 15001'),
    ),
    step(
      13,
      'the proxy takes it, and knows where it was bound',
      ['S1.4'],
      log(outbound, onward, 'outbound', '127.0.0.1:15001', `${ipOf(ratings)}:${APP_PORT}`),
    ),
    step(14, 'OUTPUT hands what the proxy sends on to ISTIO_OUTPUT', ['S1.21'], goes(onward, 'OUTPUT', 'ISTIO_OUTPUT')),
    step(
      15,
      'the rule for user 1337 lets it pass',
      ['S1.21', 'S1.6'],
      ends(onward, 'ISTIO_OUTPUT', '-m owner --uid-owner 1337 -j RETURN'),
    ),
    step(16, 'it leaves by eth0 from the address of the pod', ['S1.22'], captured(isEqual(leaves, true), eth0)),
  ]
}

/** The first packet of a connection between these. */
export function isSyn({ ip, tcp }: Packet, from: string, to: string, port: number): boolean {
  if (ip?.source !== from || ip.destination !== to || tcp?.destinationPort !== port) return false
  return tcp.flags.syn && !tcp.flags.ack
}

/** A rule of the chain hands the packet to the other chain. */
function goes(trace: Trace | undefined, chain: string, to: string): Judged {
  const jumps = (trace?.hops ?? []).filter((hop) => hop.table === 'nat' && hop.chain === chain)
  const targets = jumps.map((hop) => hop.jumpsTo ?? '').filter(Boolean)
  return { pass: targets.includes(to), expected: to, observed: targets.join(', ') || `no rule of ${chain} is met` }
}

/** What the packet meets last in the chain is this rule. */
export function ends(trace: Trace | undefined, chain: string, rule: string): Judged {
  const last = (trace?.hops ?? []).findLast((hop) => hop.table === 'nat' && hop.chain === chain && hop.kind === 'rule')
  return isEqual(last?.rule ?? 'the packet does not come there', `-A ${chain} ${rule}`)
}
