import {
  type ClaimRecorder,
  type Host,
  hasCountedOnly,
  isEqual,
  type Judged,
  listsRules,
  type Observation,
  observe,
  readRuleset,
  type StepContext,
  type StepDefinition,
  udp,
} from '../../../src/index.ts'
import { excludedRules, type Flow, flowRows } from '../flow-rows.ts'
import { describeExpected, describeRecord, recordOf } from '../proxy-log.ts'
import { flows, listing, once, rule } from '../rules.ts'
import { ipOf, isEchoed, peerIn, type Talk, talk } from '../talk.ts'
import type { SidecarWorld } from '../world.ts'

export const flowTable: StepDefinition<SidecarWorld> = {
  id: 'flows',
  title: 'one connection of each kind (A to L), with the counters of the pod around it',
  claims: [
    'S1.3a',
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
    await claimListing(context, world)
    for (const flow of flowRows) await tryFlow(context, world, flow)
    await tryDatagram(context, world)
  },
}

async function claimListing(context: StepContext, world: SidecarWorld): Promise<void> {
  const rules = await readRuleset(world.pod('reviews'), { table: 'nat', signal: context.signal })
  const chains = [...new Set(listing.map((text) => text.split(' ')[1] ?? ''))]
  await context.claim('S1.3a', (claim) => {
    for (const chain of chains) {
      const prefix = `-A ${chain} `
      const wanted = listing.filter((text) => text.startsWith(prefix)).map((text) => text.slice(prefix.length))
      claim.observe(chain, listsRules(rules, 'nat', chain, wanted))
    }
  })
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
