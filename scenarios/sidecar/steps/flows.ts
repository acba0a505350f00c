import {
  type ClaimRecorder,
  type Host,
  hasCountedOnly,
  isEqual,
  type Judged,
  type Observation,
  observe,
  type StepContext,
  type StepDefinition,
  udp,
} from '../../../src/index.ts'
import { describeExpected, describeRecord, recordOf } from '../proxy-log.ts'
import { flows, once, rule } from '../rules.ts'
import { ipOf, isEchoed, peerIn, type Talk, type TalkOptions, talk } from '../talk.ts'
import { APP_PORT, PEER_PORT, PROXY_ID, type SidecarWorld } from '../world.ts'

/** One connection of a kind, as the counters and the proxy's log are to show it. */
interface Flow {
  /** As in the table of flows. */
  readonly id: string
  readonly what: string
  readonly from: 'reviews' | 'plain'
  /** An address, or a port of the pod's own address. */
  readonly to: 'pod' | 'localhost' | 'peer'
  readonly port: number
  readonly as?: Pick<TalkOptions, 'uid' | 'gid' | 'source' | 'path'>
  /** The rules that count it, once each. */
  readonly rules: readonly string[]
  /** Where it ends: at the app, which sees this peer; at the peer; or with an answer of nobody, at the proxy. */
  readonly ends: { readonly app: 'passthrough' | 'pod' | 'localhost' } | 'peer' | 'proxy' | 'listener'
  /** How the proxy's log knows it; absent where it does not pass the proxy. */
  readonly log?: {
    readonly direction: 'inbound' | 'outbound'
    readonly at: 'pod:15006' | 'localhost:15006' | 'localhost:15001'
  }
  /** The claims that it settles, each with what it is observed for. */
  readonly claims: readonly string[]
}

const proxy = { uid: PROXY_ID } as const
const inbound = { direction: 'inbound', at: 'pod:15006' } as const
const outbound = { direction: 'outbound', at: 'localhost:15001' } as const
const excludedRules = (port: number): readonly string[] => [rule.prerouting, rule.excluded(port)]
const excluded = (port: number): Flow => ({
  id: `G ${port}`,
  what: `a client to the excluded port ${port}`,
  from: 'plain',
  to: 'pod',
  port,
  as: { path: port === 15_021 ? '/healthz/ready' : '/stats/prometheus' },
  rules: excludedRules(port),
  ends: 'listener',
  claims: port === 15_008 ? ['S1.13'] : ['S1.8', 'S1.13'],
})

const table: readonly Flow[] = [
  {
    id: 'A',
    what: 'a client to the app',
    from: 'plain',
    to: 'pod',
    port: APP_PORT,
    rules: [...flows.capturedInbound, ...flows.passthrough],
    ends: { app: 'passthrough' },
    log: inbound,
    claims: ['S1.5', 'S1.12', 'S1.13', 'S1.14', 'S1.17', 'S1.16a', 'S1.23'],
  },
  {
    id: 'A2',
    what: 'the proxy, from 127.0.0.6, to the app',
    from: 'reviews',
    to: 'pod',
    port: APP_PORT,
    as: { ...proxy, source: '127.0.0.6' },
    rules: flows.passthrough,
    ends: { app: 'passthrough' },
    claims: ['S1.23', 'S1.16a'],
  },
  {
    id: 'A3',
    what: 'the proxy to the app by 127.0.0.1',
    from: 'reviews',
    to: 'localhost',
    port: APP_PORT,
    as: proxy,
    rules: flows.proxyOut,
    ends: { app: 'localhost' },
    claims: ['S1.16a'],
  },
  {
    id: 'B',
    what: 'the app to another machine',
    from: 'reviews',
    to: 'peer',
    port: PEER_PORT,
    rules: [...flows.capturedOutbound, rule.proxyUser],
    ends: 'peer',
    log: outbound,
    claims: ['S1.4', 'S1.11a', 'S1.19', 'S1.20', 'S1.21'],
  },
  {
    id: 'C',
    what: 'the proxy to another machine',
    from: 'reviews',
    to: 'peer',
    port: PEER_PORT,
    as: proxy,
    rules: flows.proxyOut,
    ends: 'peer',
    claims: ['S1.6', 'S1.11a', 'S1.21'],
  },
  {
    id: 'D',
    what: 'the app to its own pod',
    from: 'reviews',
    to: 'pod',
    port: APP_PORT,
    rules: [rule.output, rule.appByLo],
    ends: { app: 'pod' },
    claims: ['S1.25'],
  },
  {
    id: 'E',
    what: 'the proxy to its own pod',
    from: 'reviews',
    to: 'pod',
    port: APP_PORT,
    as: proxy,
    rules: [rule.output, rule.proxyToItself, rule.to15006, rule.fromPassthrough],
    ends: { app: 'passthrough' },
    log: { direction: 'inbound', at: 'localhost:15006' },
    claims: ['S1.24'],
  },
  {
    id: 'F',
    what: 'the app to localhost',
    from: 'reviews',
    to: 'localhost',
    port: APP_PORT,
    rules: [rule.output, rule.appByLo],
    ends: { app: 'localhost' },
    claims: ['S1.26', 'S1.26a'],
  },
  ...[15_021, 15_020, 15_090, 15_008].map(excluded),
  {
    id: 'H 22',
    what: 'a client to port 22',
    from: 'plain',
    to: 'pod',
    port: 22,
    rules: [...flows.capturedInbound, rule.output, rule.fromPassthrough],
    ends: 'proxy',
    log: inbound,
    claims: ['S1.10a'],
  },
  {
    id: 'H 1234',
    what: 'a client to a closed port',
    from: 'plain',
    to: 'pod',
    port: 1234,
    rules: [...flows.capturedInbound, rule.output, rule.fromPassthrough],
    ends: 'proxy',
    log: inbound,
    claims: ['S1.10a'],
  },
  {
    id: 'I',
    what: 'a process of user 1000, group 1337 to its own pod',
    from: 'reviews',
    to: 'pod',
    port: APP_PORT,
    as: { uid: 1000, gid: PROXY_ID },
    rules: [rule.output, rule.appByLo],
    ends: { app: 'pod' },
    claims: [],
  },
  {
    id: 'J',
    what: 'a process of user 1337, group 1000 to another machine',
    from: 'reviews',
    to: 'peer',
    port: PEER_PORT,
    as: { uid: PROXY_ID, gid: 1000 },
    rules: flows.proxyOut,
    ends: 'peer',
    claims: ['S1.9a'],
  },
  {
    id: 'K',
    what: 'the app to a closed port of another machine',
    from: 'reviews',
    to: 'peer',
    port: 1234,
    rules: [...flows.capturedOutbound, rule.proxyUser],
    ends: 'proxy',
    log: outbound,
    claims: ['S1.4'],
  },
]

export const flowTable: StepDefinition<SidecarWorld> = {
  id: 'flows',
  title: 'one connection of each kind (A to L), with the counters of the pod around it',
  claims: [
    'S1.4',
    'S1.5',
    'S1.6',
    'S1.8',
    'S1.9a',
    'S1.10',
    'S1.10a',
    'S1.11',
    'S1.11a',
    'S1.12',
    'S1.13',
    'S1.14',
    'S1.15a',
    'S1.16',
    'S1.16a',
    'S1.17',
    'S1.19',
    'S1.20',
    'S1.21',
    'S1.23',
    'S1.24',
    'S1.25',
    'S1.26',
    'S1.26a',
    'S1.35',
  ],
  requires: ['external-hosts'],
  async run(context, world) {
    for (const flow of table) await tryFlow(context, world, flow)
    await tryDatagram(context, world)
  },
}

async function tryFlow(context: StepContext, world: SidecarWorld, flow: Flow): Promise<void> {
  const pod = world.pod('reviews')
  const peer = context.cluster.machine('database')
  const to = flow.to === 'peer' ? ipOf(peer) : flow.to === 'pod' ? ipOf(pod) : '127.0.0.1'
  const from: Host = world.pod(flow.from)
  const seen = await observe(
    context,
    { title: `${flow.id}: ${flow.what}`, captures: [], rulesets: [{ host: pod, family: 4, table: 'nat' }] },
    async () => await talk(from, to, flow.port, { ...flow.as, signal: context.signal }),
  )
  const isLogged = flow.log !== undefined && world.hasConnectionLog
  const record = isLogged ? await recordOf(context, pod, seen.result) : undefined
  const look = (claim: ClaimRecorder): void => {
    claim.observe(`${flow.id}: ${flow.what}: rules that counted`, countsOf(seen, pod, flow))
    claim.observe(`${flow.id}: where it ends`, endOf(seen.result, flow, ipOf(pod)))
    if (isLogged && flow.log !== undefined) {
      const at = flow.log.at.replace('pod', ipOf(pod)).replace('localhost', '127.0.0.1')
      const expected = describeExpected(flow.log.direction, at, `${to}:${flow.port}`)
      const observed = describeRecord(record && { ...record, ...(flow.ends === 'proxy' && { error: '' }) })
      claim.observe(`${flow.id}: what the proxy's log says`, isEqual(observed.replace(/: $/, ''), expected))
    }
  }
  for (const id of ['S1.35', ...flow.claims]) await context.claim(id, look)
  await claimErrata(context, flow, (expected) => hasCountedOnly(seen.ruleset(pod), 'nat', once(...expected)))
}

/** What the document gets wrong, said as it stands there. */
async function claimErrata(
  context: StepContext,
  flow: Flow,
  counted: (rules: readonly string[]) => Judged,
): Promise<void> {
  const claims: Readonly<Record<string, readonly [id: string, what: string, rules: readonly string[]]>> = {
    'H 22': ['S1.10', 'port 22 is let through', excludedRules(22)],
    B: ['S1.11', 'what the app sends passes', [rule.output]],
    C: ['S1.11', 'what the proxy sends is redirected', [...flows.capturedOutbound]],
    A: [
      'S1.16',
      'the rule for user 1337 lets it pass to the app',
      [...flows.capturedInbound, rule.output, rule.proxyUser],
    ],
  }
  const erratum = claims[flow.id]
  if (erratum === undefined) return
  const [id, what, rules] = erratum
  await context.claim(id, (claim) => claim.observe(`${flow.id}: ${what}`, counted(rules)))
}

function countsOf(seen: Observation<Talk>, pod: Host, flow: Flow): Judged {
  const counts = new Map<string, number>()
  // The proxy's own leg meets OUTPUT, too.
  const legs = flow.log?.direction === 'outbound' || flow.id === 'E' ? [...flow.rules, rule.output] : flow.rules
  for (const text of legs) counts.set(text, (counts.get(text) ?? 0) + 1)
  return hasCountedOnly(
    seen.ruleset(pod),
    'nat',
    [...counts].map(([text, packets]) => ({ rule: text, packets })),
  )
}

function endOf(result: Talk, flow: Flow, podAddress: string): Judged {
  if (flow.ends === 'peer')
    return isEqual(isEchoed(result) ? 'the machine echoed it' : 'no echo', 'the machine echoed it')
  if (flow.ends === 'listener') {
    return isEqual(
      result.exec.stdout.split('\r\n')[0],
      flow.port === 15_008 ? 'HTTP/1.1 404 Not Found' : 'HTTP/1.1 200 OK',
    )
  }
  if (flow.ends === 'proxy') return isEqual(result.exec.stdout, '')
  const peers = { passthrough: '127.0.0.6', pod: podAddress, localhost: '127.0.0.1' }
  return isEqual(`the app sees ${peerIn(result.body)}`, `the app sees ${peers[flow.ends.app]}`)
}

/** L: a datagram goes through the chains, and REDIRECT, which is for TCP, leaves it alone. */
async function tryDatagram(context: StepContext, world: SidecarWorld): Promise<void> {
  const pod = world.pod('reviews')
  const peer = context.cluster.machine('database')
  const { signal } = context
  const seen = await observe(
    context,
    {
      title: 'L: a datagram of the app to another machine',
      captures: [{ host: peer, interface: 'eth0', filter: 'udp port 53' }],
      rulesets: [{ host: pod, family: 4, table: 'nat' }],
    },
    async () => await udp(pod, ipOf(peer), 53, { timeoutMs: 200, signal }),
  )
  const arrived = seen
    .capture(peer)
    .packets.filter(({ ip }) => ip?.source === ipOf(pod) || ip?.destination === ipOf(peer))
  for (const id of ['S1.35', 'S1.15a']) {
    await context.claim(id, (claim) => {
      claim.observe('L: rules that counted', hasCountedOnly(seen.ruleset(pod), 'nat', once(rule.output, rule.redirect)))
      claim.observe('L: it arrives', isEqual(arrived.length > 0, true))
    })
  }
}
