import {
  type ClaimRecorder,
  type ConnectionRecord,
  drawingEvidence,
  isEqual,
  type Observation,
  observe,
  type Pod,
  type StepContext,
  type StepDefinition,
  startTrace,
  type Trace,
  traceEvidence,
  waitFor,
} from '../../../src/index.ts'
import { drawPath, type PathStep } from '../draw-path.ts'
import { joinPath, productpageAsked, ratingsSaw } from '../join-path.ts'
import { ends, isSyn, judgeSteps, type PathTraces, pickTraces } from '../judge-path.ts'
import { proxyRecords, recordOf } from '../proxy-log.ts'
import { ipOf, type Talk, talk } from '../talk.ts'
import { APP_PORT, type SidecarWorld } from '../world.ts'

/** SYN and SYN-ACK: the first packet of each connection and the first of its answers. */
const openings = ['-p', 'tcp', '--tcp-flags', 'SYN', 'SYN']

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
    const hasLog = world.hasConnectionLog
    const records = hasLog ? await bothRecords(context, reviews, before.length) : []
    const steps = judgeSteps(seen, traces, { hasLog, records, pod: reviews, ratings })
    const evidence = keepTraces(context, reviews.name, traces)
    const picture = drawingEvidence(context.evidence, drawPath(steps))
    await claimSteps(context, steps, [picture, ...evidence])
    if (hasLog) await claimJoins(context, world, joinPath(seen, traces, records, reviews), seen.result)
    await context.claim('S1.17', (claim) => {
      claim.observe('ratings, asked by reviews, sees its own sidecar', ratingsSaw(seen.result.body))
    })
    await claimAnswers(context, traces)
    await claimLoopback(context, world, seen)
  },
}

/** The lines about the request and about the one that it led to; they are written when the connections have ended. */
async function bothRecords(context: StepContext, pod: Pod, known: number): Promise<readonly ConnectionRecord[]> {
  let records: readonly ConnectionRecord[] = []
  const look = async (): Promise<boolean> => {
    records = (await proxyRecords(context, pod)).slice(known)
    return (['inbound', 'outbound'] as const).every((each) => records.some(({ direction }) => direction === each))
  }
  await waitFor('two lines in the log', look, { timeoutMs: 1000, signal: context.signal }).catch(() =>
    context.signal.throwIfAborted(),
  )
  return records
}

async function claimJoins(
  context: StepContext,
  world: SidecarWorld,
  joins: ReturnType<typeof joinPath>,
  asked: Talk,
): Promise<void> {
  const record = await recordOf(context, world.pod('productpage'), asked)
  await context.claim('S1.5', (claim) => {
    claim.observe('packet, rule and line of the log are of one connection', joins.inbound)
  })
  await context.claim('S1.4', (claim) => {
    claim.observe('packet, rule and line of the log are of one connection', joins.outbound)
    claim.observe('the proxy of productpage knows whom it asked', productpageAsked(record, world.pod('reviews')))
  })
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
