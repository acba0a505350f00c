import {
  type ClaimRecorder,
  drawingEvidence,
  isEqual,
  type Judged,
  type Observation,
  observe,
  type Packet,
  type StepContext,
  type StepDefinition,
  startTrace,
  type Trace,
  traceEvidence,
} from '../../../src/index.ts'
import { drawPath, type PathStep } from '../draw-path.ts'
import { describeExpected, describeRecord, inboundAt, proxyRecords } from '../proxy-log.ts'
import { ipOf, type Talk, talk } from '../talk.ts'
import { APP_PORT, type SidecarWorld } from '../world.ts'

/** SYN and SYN-ACK: the first packet of each connection and the first of its answers. */
const openings = ['-p', 'tcp', '--tcp-flags', 'SYN', 'SYN']

/** The packets of the reviews pod that the document follows. */
interface PathTraces {
  readonly incoming: Trace | undefined
  readonly toApp: Trace | undefined
  readonly answer: Trace | undefined
  readonly fromApp: Trace | undefined
  readonly onward: Trace | undefined
}

export const path: StepDefinition<SidecarWorld> = {
  id: 'path',
  title: 'one request from productpage to reviews, which asks ratings: the sixteen steps',
  claims: [
    'S1.4',
    'S1.5',
    'S1.6',
    'S1.12',
    'S1.13',
    'S1.14',
    'S1.16',
    'S1.16a',
    'S1.17',
    'S1.18',
    'S1.18a',
    'S1.19',
    'S1.20',
    'S1.21',
    'S1.22',
    'S1.31',
  ],
  requires: ['iptables-trace'],
  async run(context, world) {
    const { signal } = context
    const [reviews, ratings] = [world.pod('reviews'), world.pod('ratings')]
    const before = await proxyRecords(context, reviews)
    await using tracing = await startTrace(reviews, { match: openings })
    const request = `/dial?host=${ipOf(ratings)}&port=${APP_PORT}&request=clientip&protocol=http&tries=1`
    const filter = `tcp and (port ${APP_PORT} or port 15001 or port 15006)`
    const seen = await observe(
      context,
      {
        title: 'productpage asks reviews, and reviews asks ratings',
        captures: ['lo', 'eth0'].map((device) => ({ host: reviews, interface: device, filter })),
        rulesets: [],
      },
      async () => await talk(world.pod('productpage'), ipOf(reviews), APP_PORT, { path: request, signal }),
    )
    const traces = pickTraces(await tracing.stop(), ipOf(reviews), ipOf(ratings))
    const steps = judgeSteps(seen, traces, {
      hasLog: world.hasConnectionLog,
      records: (await proxyRecords(context, reviews)).slice(before.length),
      pod: reviews,
      ratings,
    })
    const evidence = keepTraces(context, reviews.name, traces)
    const picture = drawingEvidence(context.evidence, drawPath(steps))
    await claimSteps(context, steps, [picture, ...evidence])
    await claimAnswers(context, traces)
    await claimLoopback(context, world, seen)
  },
}

/** Of all traces, those of the document's packets: each is the first of its connection. */
function pickTraces(traces: readonly Trace[], reviews: string, ratings: string): PathTraces {
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
function judgeSteps(
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

function isSyn({ ip, tcp }: Packet, from: string, to: string, port: number): boolean {
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
function ends(trace: Trace | undefined, chain: string, rule: string): Judged {
  const last = (trace?.hops ?? []).findLast((hop) => hop.table === 'nat' && hop.chain === chain && hop.kind === 'rule')
  return isEqual(last?.rule ?? 'the packet does not come there', `-A ${chain} ${rule}`)
}

const titles: Readonly<Record<keyof PathTraces, string>> = {
  incoming: 'steps 1 to 4: the request comes in',
  toApp: 'steps 6 and 7: from the proxy to the app',
  answer: 'steps 9 and 10: the app answers',
  fromApp: 'steps 11 and 12: the app asks ratings',
  onward: 'steps 14 and 15: the proxy asks ratings',
}

function keepTraces(context: StepContext, host: string, traces: PathTraces): string[] {
  return (Object.keys(titles) as (keyof PathTraces)[]).flatMap((name) => {
    const trace = traces[name]
    return trace === undefined ? [] : [traceEvidence(context.evidence, titles[name], host, trace)]
  })
}

async function claimSteps(
  context: StepContext,
  steps: readonly PathStep[],
  evidence: readonly string[],
): Promise<void> {
  const ids = [...new Set(steps.flatMap(({ claims }) => claims))]
  for (const id of ids) {
    await context.claim(id, (claim: ClaimRecorder) => {
      for (const { number, text, claims, judged } of steps) {
        if (claims.includes(id)) claim.observe(`step ${number}: ${text}`, judged)
      }
      claim.uses(...evidence)
    })
  }
}

/** Steps 7, 9 and 10 as they really are. */
async function claimAnswers(context: StepContext, { answer, toApp }: PathTraces): Promise<void> {
  await context.claim('S1.16a', (claim) => {
    claim.observe('step 7: the rule that lets it pass', ends(toApp, 'ISTIO_OUTPUT', '-s 127.0.0.6/32 -o lo -j RETURN'))
  })
  const tables = (trace: Trace | undefined): string[] => [...new Set((trace?.hops ?? []).map(({ table }) => table))]
  await context.claim('S1.18a', (claim) => {
    claim.control('tables that the first packet of the connection met', isEqual(tables(toApp).includes('nat'), true))
    claim.observe('the answer was traced in OUTPUT', isEqual(answer?.hops[0]?.chain, 'OUTPUT'))
    claim.observe('the answer met the table nat', isEqual(tables(answer).includes('nat'), false))
  })
}

/** The request of the app is on lo before the proxy's own is on eth0; without a sidecar nothing is on lo. */
async function claimLoopback(context: StepContext, world: SidecarWorld, seen: Observation<Talk>): Promise<void> {
  const [reviews, ratings, plain] = [world.pod('reviews'), world.pod('ratings'), world.pod('plain')]
  const onLo = seen.capture(reviews, 'lo').packets.find((packet) => isSyn(packet, ipOf(reviews), '127.0.0.1', 15_001))
  const onWire = seen
    .capture(reviews, 'eth0')
    .packets.find((packet) => isSyn(packet, ipOf(reviews), ipOf(ratings), APP_PORT))
  const without = await observe(
    context,
    {
      title: 'a pod without a sidecar asks ratings',
      captures: ['lo', 'eth0'].map((device) => ({ host: plain, interface: device, filter: 'tcp' })),
      rulesets: [],
    },
    async () => await talk(plain, ipOf(ratings), APP_PORT, { signal: context.signal }),
  )
  const synsOf = (device: string): number =>
    without.capture(plain, device).packets.filter(({ tcp }) => tcp?.flags.syn).length
  await context.claim('S1.31', (claim) => {
    claim.uses(seen.capture(reviews, 'lo').evidenceId, seen.capture(reviews, 'eth0').evidenceId)
    claim.observe('a SYN to port 15001 is on lo', isEqual(onLo !== undefined, true))
    claim.observe(
      'before the one to ratings is on eth0',
      isEqual((onLo?.timestampUs ?? 0) < (onWire?.timestampUs ?? 0), true),
    )
    claim.control('without a sidecar the connection is on eth0', isEqual(synsOf('eth0') > 0, true))
    claim.observe('without a sidecar SYNs on lo', isEqual(synsOf('lo'), 0))
  })
}
