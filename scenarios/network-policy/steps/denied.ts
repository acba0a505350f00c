import {
  cellsAre,
  cellsAreAsDemanded,
  compareListing,
  containsPackets,
  type Host,
  hasOutcome,
  isEqual,
  listingEvidence,
  matchPackets,
  type Observation,
  observe,
  type PingResult,
  parseListing,
  ping,
  type StepContext,
  type StepDefinition,
  type TransportResult,
  tcp,
  urlOf,
  type WgetResult,
  wget,
} from '../../../src/index.ts'
import { chainOf, DIALECTS, hashesOf, policyChains, rulesOfChain } from '../chains.ts'
import { countersText, countOf, countsOf, packetsOf, ruleWith, synCount } from '../counts.ts'
import { SIBLING_AFTER, SIBLING_BEFORE, SIBLING_ROWS, WEB_CHAIN } from '../documents.ts'
import { observeMatrix } from '../matrix.ts'
import { SHELL, SIBLING, STRANGER, TESTER, WEB } from '../pods.ts'
import type { NetworkPolicyWorld } from '../world.ts'
import { wasOpen } from './templates-probed.ts'

const ATTEMPT_MS = 3500
const WGET_MS = 3000
const PINGS = 45

/** The document's three attempts, all against pods that web-deny-all selects. */
export const denied: StepDefinition<NetworkPolicyWorld> = {
  id: 'denied',
  title: 'try to reach the pods that nobody may reach: connect, wget, ping',
  claims: ['S3.10', 'S3.10a', 'S3.13', 'S3.14', 'S3.14b', 'S3.18', 'S3.19', 'S3.20'],
  needs: ['open', 'deny-all'],
  async run(context, world) {
    await Promise.all([connectToSibling(context, world), pingAndFetch(context, world)])
    await claimMatrix(context, world)
  },
}

/** One attempt to connect, of three SYNs, and what it counts in the chain of the document's first listing. */
async function connectToSibling(context: StepContext, world: NetworkPolicyWorld): Promise<void> {
  const { signal } = context
  const [from, to] = [world.pod(STRANGER), world.pod(SIBLING)]
  const isExact = context.lacks('node-sysctls') === undefined
  if (isExact) await setClassicRetries(from)
  const address = to.addresses[0] ?? ''
  const plan = {
    title: `an attempt to connect to ${SIBLING}`,
    captures: [
      { host: from, interface: 'eth0' },
      { host: to, interface: 'eth0' },
    ],
    rulesets: [{ host: to.node, family: 4 as const, table: 'filter' }],
  }
  const seen = await observe(context, plan, async () => await tcp(from, address, 80, { timeoutMs: ATTEMPT_MS, signal }))
  await claimThreeSyns(context, world, seen, isExact)
}

/** SYNs at 0, 1 and 3 s, as the kernels of the document sent them; Linux 6.5 and later repeat every second at first. */
async function setClassicRetries(host: Host): Promise<void> {
  await host.exec(['sysctl', '-q', '-w', 'net.ipv4.tcp_syn_linear_timeouts=0'])
}

async function claimThreeSyns(
  context: StepContext,
  world: NetworkPolicyWorld,
  seen: Observation<TransportResult>,
  isExact: boolean,
): Promise<void> {
  const [from, to] = [world.pod(STRANGER), world.pod(SIBLING)]
  const { start, end, pass } = DIALECTS[world.dialect]
  const chain = chainOf(SIBLING, 'tw')
  const window = seen.ruleset(to.node)
  const syns = matchPackets(seen.capture(from).packets, { tcpFlags: { syn: true }, to: to.addresses[0] ?? '' })
  const rules = rulesOfChain(window.after, chain)
  const [policyChain = 'none'] = policyChains(window.after, chain)
  const parts = [`"${start}"`, `-j ${policyChain}`, `"${end}"`]
  await context.claim('S3.13', (claim) => {
    claim.control('the attempt was made', hasOutcome(seen.result, 'timed-out'))
    claim.control('SYNs that the client sent', isEqual(isExact ? syns.length : syns.length > 0, isExact ? 3 : true))
    for (const part of parts) {
      claim.observe(
        `counted by the rule with ${part}`,
        isEqual(countOf(window, ruleWith(window.after, chain, part)), synCount(syns.length)),
      )
    }
    if (world.dialect !== 'v2.5') return
    for (const [when, ruleset, listing] of [
      ['before', window.before, SIBLING_BEFORE],
      ['after', window.after, SIBLING_AFTER],
    ] as const) {
      const rows = parseListing(listing, "the document's first listing").rows
      const shown = rulesOfChain(ruleset, chain).filter((_, at) => SIBLING_ROWS.includes(at + 1))
      const title = `rules ${SIBLING_ROWS.join(', ')} of ${chain} ${when} the attempt`
      claim.observe(`${title}, line by line`, listingEvidence(context.evidence, title, compareListing(rows, shown)))
      const documented = rows.map(({ packets = 0, bytes = 0 }) => `${packets} packets, ${bytes} bytes`)
      if (isExact) claim.observe(`counters ${when} the attempt`, isEqual(shown.map(countersText), documented))
    }
  })
  const drop = rules.find(({ spec }) => spec.includes(`"${end}"`))
  const checked = packetsOf(window, ruleWith(window.after, chain, `-j ${policyChain}`))
  const clear = packetsOf(window, drop)
  await context.claim('S3.10', (claim) => {
    claim.control('packets that were led to the policy', isEqual(checked, syns.length))
    claim.observe('of these, packets that have the bit set afterwards', isEqual(checked - clear, checked))
  })
  await context.claim('S3.10a', (claim) => {
    const asksForClear = drop?.spec.includes(`--mark 0x0/0x${pass.toString(16)}`)
    claim.observe('the rule that drops asks for the pass bit to be clear', isEqual(asksForClear, true))
    claim.observe('packets that were led to the policy and have it clear', isEqual(clear, checked))
  })
}

/** 45 pings, then wget by way of the Service, and the whole chain of the pod around it. */
async function pingAndFetch(context: StepContext, world: NetworkPolicyWorld): Promise<void> {
  const { signal } = context
  const [tester, shell, web] = [world.pod(TESTER), world.pod(SHELL), world.pod(WEB)]
  const address = web.addresses[0] ?? ''
  const pinged = await observe(
    context,
    {
      title: `${PINGS} pings of ${WEB}`,
      captures: [tester, web].map((host) => ({ host, interface: 'eth0' })),
      rulesets: [],
    },
    async () => await ping(tester, address, { count: PINGS, intervalMs: 20, timeoutMs: 300, signal }),
  )
  await claimPings(context, world, pinged)
  if (context.lacks('node-sysctls') === undefined) await setClassicRetries(shell)
  const plan = {
    title: 'wget to the Service web',
    captures: [shell, web].map((host) => ({ host, interface: 'eth0' })),
    rulesets: [{ host: web.node, family: 4 as const, table: 'filter' }],
  }
  const url = urlOf(world.serviceAddress, 80)
  const fetched = await observe(context, plan, async () => await wget(shell, url, { timeoutMs: WGET_MS, signal }))
  await claimFetch(context, world, fetched)
}

async function claimPings(
  context: StepContext,
  world: NetworkPolicyWorld,
  seen: Observation<PingResult>,
): Promise<void> {
  const [tester, web] = [world.pod(TESTER), world.pod(WEB)]
  const toWeb = { icmp: 'echo-request' as const, to: web.addresses[0] ?? '' }
  await context.claim('S3.20', (claim) => {
    claim.control('before the policy it was answered', isEqual(world.pingedBefore, 'ok'))
    claim.control('echo requests that left the client', containsPackets(seen.capture(tester), toWeb, { count: PINGS }))
    claim.observe('what ping says', hasOutcome(seen.result, 'timed-out'))
    claim.observe(
      'packets transmitted and received',
      isEqual([seen.result.statistics?.transmitted, seen.result.statistics?.received], [PINGS, 0]),
    )
    claim.observe('echo requests that arrived', containsPackets(seen.capture(web), toWeb, { count: 0 }))
  })
}

async function claimFetch(
  context: StepContext,
  world: NetworkPolicyWorld,
  seen: Observation<WgetResult>,
): Promise<void> {
  const [shell, web] = [world.pod(SHELL), world.pod(WEB)]
  const chain = chainOf(WEB, 'tw')
  const window = seen.ruleset(web.node)
  const sent = matchPackets(seen.capture(shell).packets, { tcpFlags: { syn: true }, to: world.serviceAddress })
  await context.claim('S3.19', (claim) => {
    claim.control('before the policy it was answered', isEqual(world.fetchedBefore, 'ok'))
    claim.control('SYNs left the client', isEqual(sent.length > 0, true))
    claim.observe(`wget of http://${world.serviceAddress}:80`, hasOutcome(seen.result, 'timed-out'))
    claim.observe(
      'SYNs that arrived',
      containsPackets(seen.capture(web), { protocol: 'tcp', to: web.addresses[0] ?? '' }, { count: 0 }),
    )
  })
  await context.claim('S3.18', (claim) => {
    if (world.dialect !== 'v2.5') {
      claim.skip('the listing is of Calico v2.5, and the rules on these nodes are not (S3.18a)')
      return
    }
    const rules = rulesOfChain(window.after, chain)
    const rows = parseListing(WEB_CHAIN, "the document's last listing").rows
    const title = `${chain} in the document, and on ${web.node.name}`
    claim.observe('line by line', listingEvidence(context.evidence, title, compareListing(rows, rules)))
    claim.observe(
      'the hashes',
      isEqual(
        hashesOf(rules),
        rows.map(({ extra }) => /cali:([\w-]{16})/.exec(extra)?.[1]),
      ),
    )
    const documented = rows.map(({ packets = 0 }) => (packets > 0 ? synCount(sent.length) : synCount(0)))
    claim.control('SYNs of the attempt', isEqual(sent.length >= 2, true))
    claim.observe('what the rules counted', {
      ...isEqual(countsOf(window, chain), documented),
      evidence: [window.evidenceId],
    })
  })
}

/** Nobody but a node reaches the pods; everything else is as before. */
async function claimMatrix(context: StepContext, world: NetworkPolicyWorld): Promise<void> {
  const matrix = await observeMatrix(context, world, 'every pod to every pod, with web-deny-all')
  const web = world.pod(WEB)
  const fromNode = await tcp(web.node, web.addresses[0] ?? '', 80, { timeoutMs: 1000, signal: context.signal })
  await context.claim('S3.14', (claim) => {
    for (const to of [WEB, SIBLING]) {
      wasOpen(claim, world.open, to)
      claim.observe(`everybody to ${to}`, cellsAre(matrix, { to }, 'blocked'))
    }
    claim.observe('the pod itself to others', cellsAre(matrix, { from: WEB, to: TESTER }, 'allowed'))
    claim.observe('every pair as the policies say', cellsAreAsDemanded(matrix))
  })
  await context.claim('S3.14b', (claim) => {
    claim.control('pods are kept out', cellsAre(matrix, { to: WEB }, 'blocked'))
    claim.observe(`${web.node.name} to its pod`, hasOutcome(fromNode, 'ok'))
  })
}
