import {
  compareListing,
  containsPackets,
  FollowedPacket,
  findChain,
  isEqual,
  listingEvidence,
  listsRules,
  matchPackets,
  nonceBytes,
  PacketproofError,
  parseListing,
  ping,
  readRuleset,
  type StepContext,
  type StepDefinition,
  selectRules,
  startTrace,
  traceEvidence,
} from '../../../src/index.ts'
import { chainOf, deployAgent, workersOf } from '../agent.ts'
import { claimCounters, claimFlows, type Flow, type FlowResults, sendFlows, sourceOf } from '../flows.ts'
import { chainRules, LINK_LOCAL } from '../rules.ts'
import type { MasqueradeWorld } from '../world.ts'
import { clientOn } from './default-traffic.ts'

/** The file named `config`, word for word. */
const CONFIG = `nonMasqueradeCIDRs:
  - 10.244.0.0/16
  - 192.0.0.0/8
resyncInterval: 60s
`

/** The second listing of the document. */
const DOCUMENTED = `
Chain IP-MASQ-AGENT (1 references)
target     prot opt source               destination
RETURN     all  --  anywhere             link-local/16        /* ip-masq-agent: local traffic is not subject to MASQUERADE */
RETURN     all  --  anywhere             10.244.0.0/16        /* ip-masq-agent: local traffic is not subject to MASQUERADE */
RETURN     all  --  anywhere             192.0.0.0/8          /* ip-masq-agent: local traffic is not subject to MASQUERADE */
MASQUERADE  all  --  anywhere             anywhere             /* ip-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain) */
`

export const documentConfig: StepDefinition<MasqueradeWorld> = {
  id: 'document-config',
  deploys: 'masquerade',
  title: "give the agent the document's ConfigMap",
  claims: ['S0.24'],
  async run(context, world) {
    await deployAgent(context, world, { config: CONFIG }, { restart: true })
    const chain = chainOf(world)
    for (const node of workersOf(context)) {
      const ruleset = await readRuleset(node, { table: 'nat', signal: context.signal })
      const rules = findChain(ruleset, 'nat', chain)?.rules ?? []
      const compared = compareListing(parseListing(DOCUMENTED, "the document's listing").rows, rules)
      const listing = listingEvidence(context.evidence, `the document's second listing, and ${node.name}`, compared)
      await context.claim('S0.24', (claim) => {
        claim.uses(...(listing.evidence ?? []))
        claim.observe(
          `${node.name}: the chain`,
          listsRules(ruleset, 'nat', chain, chainRules([LINK_LOCAL, '10.244.0.0/16', '192.0.0.0/8'])),
        )
        claim.observe(
          `${node.name}: references to the chain`,
          isEqual(selectRules(ruleset, { table: 'nat', target: chain }).length, 1),
        )
      })
    }
  },
}

export const documentTraffic: StepDefinition<MasqueradeWorld> = {
  id: 'document-traffic',
  title: "repeat the document's experiment: ping 10.0.0.2 and capture on the node",
  claims: ['S0.1', 'S0.25'],
  needs: ['document-config'],
  requires: ['fixed-pod-addresses', 'external-hosts', 'outsiders', 'profile-addresses', 'no-foreign-masquerade'],
  async run(context, world) {
    const flows = workersOf(context).flatMap((node) => flowsFrom(context, world, node.name))
    const [first] = workersOf(context)
    if (first === undefined) throw new Error('there is no worker')
    const anywhere = { host: first, interface: 'any', filter: 'icmp and host 10.0.0.2' }
    const experiment = flows.find((flow) => flow.from.node === first && flow.receiver.name === 'database')
    if (experiment === undefined) throw new Error("the document's flow was not planned")
    const traced = await tracePath(context, experiment)
    const results = await sendFlows(context, "the document's configuration", flows, { captures: [anywhere] })
    await claimExperiment(context, results, experiment, traced)
    await claimFlows(context, 'S0.25', results, flows)
    for (const node of workersOf(context)) await claimCounters(context, 'S0.25', results, node, chainOf(world))
    await claimFlows(
      context,
      'S0.1',
      results,
      flows.filter((flow) => flow.decidedBy === 'masquerade'),
    )
  },
}

function flowsFrom(context: StepContext, world: MasqueradeWorld, nodeName: string): Flow[] {
  const from = clientOn(world, nodeName)
  const otherPod = world.clients.find((pod) => pod.node.name !== nodeName) ?? from
  const machine = (name: string, fate: Pick<Flow, 'decidedBy' | 'answered'>): Flow => {
    const receiver = context.cluster.machine(name)
    return { from, receiver, address: receiver.addresses[0] ?? '', ...fate }
  }
  return [
    machine('database', { decidedBy: 'masquerade', answered: true }),
    machine('internet', { decidedBy: 'masquerade', answered: true }),
    machine('neighbour', { decidedBy: 'masquerade', answered: true }),
    machine('partner', { decidedBy: { returns: '192.0.0.0/8' }, answered: true }),
    machine('branch', { decidedBy: { returns: '192.0.0.0/8' }, answered: true }),
    {
      from,
      receiver: otherPod,
      address: otherPod.addresses[0] ?? '',
      decidedBy: { returns: '10.244.0.0/16' },
      answered: true,
    },
  ]
}

/** In a capture on `any`, each packet of the ping is seen twice on the node: once with either source. */
async function claimExperiment(
  context: StepContext,
  results: FlowResults,
  flow: Flow,
  traced: string | undefined,
): Promise<void> {
  const { observation } = results
  const { node } = flow.from
  const anywhere = observation.capture(node, 'any')
  const payloadIncludes = nonceBytes(results.probe(flow))
  const pod = flow.from.addresses[0] ?? ''
  const own = sourceOf(flow)
  const listed = await node.exec(['conntrack', '-L', '-s', pod, '-d', flow.address])
  await context.claim('S0.25', (claim) => {
    claim.control('the address of the pod', isEqual(pod, '10.244.196.132'))
    claim.control(
      'the pod sent it',
      containsPackets(observation.capture(flow.from, 'eth0'), { payloadIncludes, from: pod, icmp: 'echo-request' }),
    )
    const requests = matchPackets(anywhere.packets, { payloadIncludes, icmp: 'echo-request' })
    const replies = matchPackets(anywhere.packets, { payloadIncludes, icmp: 'echo-reply' })
    claim.observe(
      'requests on the node, source by source',
      isEqual(
        requests.map((packet) => packet.ip?.source),
        [pod, own, pod, own],
      ),
    )
    claim.observe(
      'answers on the node, destination by destination',
      isEqual(
        replies.map((packet) => packet.ip?.destination),
        [own, pod, own, pod],
      ),
    )
    const followed = new FollowedPacket(context, {
      title: "the document's ping, from the pod to 10.0.0.2 and back",
      captures: [observation.capture(flow.from, 'eth0'), anywhere, observation.capture(flow.receiver, 'eth0')],
      filter: { icmp: 'echo-request', payloadIncludes },
      reply: { icmp: 'echo-reply', payloadIncludes },
      conntrack: listed.stdout,
    })
    claim.observe('the same packet before and after', followed.hasSources(pod, own))
    claim.observe('the answer before and after', followed.replyHasDestinations(own, pod))
    claim.observe(`conntrack on ${node.name}`, followed.isTracked())
    claim.uses(anywhere.evidenceId, ...(traced === undefined ? [] : [traced]))
  })
}

/**
 * A ping of its own, traced through the rules of its node: for the reader, nothing rests on it. There is none where the rules are
 * those of iptables-legacy, which the kernel traces to its log.
 */
async function tracePath(context: StepContext, { from, address }: Flow): Promise<string | undefined> {
  const { node } = from
  try {
    await using tracing = await startTrace(node, { match: ['-s', from.addresses[0] ?? '', '-d', address] })
    await ping(from, address, { count: 1, signal: context.signal })
    const [trace] = await tracing.stop()
    return trace && traceEvidence(context.evidence, `a ping to ${address} through the rules`, node.name, trace)
  } catch (error) {
    if (context.signal.aborted || !(error instanceof PacketproofError)) throw error
    return undefined
  }
}
