import { cidrContains, parseCidr, type StepContext, type StepDefinition } from '../../../src/index.ts'
import { chainOf, deployAgent, workersOf } from '../agent.ts'
import { claimCounters, claimFlows, type DecidingRule, type Flow, sendFlows } from '../flows.ts'
import { skipsDefaults } from '../present.ts'
import { DEFAULT_CIDRS, LINK_LOCAL } from '../rules.ts'
import type { MasqueradeWorld } from '../world.ts'
import { claimTranslation, clientOn, OUTSIDE_WORLD } from './default-traffic.ts'

const CLOSED_PORT = 9011

/** Where there are machines outside the cluster, they show all of this and more. */
function coveredElsewhere(context: StepContext): string | undefined {
  return context.lacks(...OUTSIDE_WORLD) === undefined
    ? 'the same is seen among what is sent to machines outside'
    : undefined
}

const defaultClaims = ['S0.8', 'S0.8a', 'S0.9']

/** What can be seen of the defaults in any cluster: what pods send to nodes and to each other. */
export const innerTraffic: StepDefinition<MasqueradeWorld> = {
  id: 'inner-traffic',
  title: 'send from pods to nodes and pods, with the defaults',
  claims: defaultClaims,
  requires: ['profile-addresses', 'no-foreign-masquerade'],
  skip: coveredElsewhere,
  async run(context, world) {
    if (await skipsDefaults(context, world, defaultClaims)) return
    const flows = workersOf(context).flatMap((node) =>
      flowsFrom(context, world, node.name, [LINK_LOCAL, ...DEFAULT_CIDRS]),
    )
    const results = await sendFlows(context, 'defaults, inside the cluster', flows)
    const toItself = flows.filter(({ decidedBy }) => decidedBy === 'none')
    await claimFlows(context, 'S0.8', results, toItself)
    await claimFlows(context, 'S0.8a', results, toItself)
    for (const node of workersOf(context)) await claimCounters(context, 'S0.8a', results, node, chainOf(world))
    await claimFlows(
      context,
      'S0.9',
      results,
      flows.filter(({ decidedBy }) => typeof decidedBy !== 'string'),
    )
  },
}

/** With the pods' own range alone in the list, another node is a host outside. */
export const nodeOutside: StepDefinition<MasqueradeWorld> = {
  id: 'node-outside',
  title: 'list the range of the pods alone, and send to another node',
  deploys: 'masquerade',
  claims: ['S0.1', 'S0.2'],
  requires: ['profile-addresses', 'no-foreign-masquerade'],
  skip: coveredElsewhere,
  async run(context, world) {
    const cidrs = context.cluster.profile.podCidrs.filter((cidr) => !cidr.includes(':'))
    await deployAgent(context, world, { config: { nonMasqueradeCIDRs: cidrs } }, { restart: true })
    const flows = workersOf(context)
      .flatMap((node) => flowsFrom(context, world, node.name, [LINK_LOCAL, ...cidrs]))
      .filter(({ decidedBy }) => decidedBy === 'masquerade')
    const results = await sendFlows(context, 'another node as a host outside', flows)
    await claimFlows(context, 'S0.1', results, flows)
    for (const node of workersOf(context)) await claimCounters(context, 'S0.1', results, node, chainOf(world))
    await claimTranslation(context, results, flows)
  },
}

/** To the pod's own node, to the next one, and to a pod there. @param list of the agent, first to last */
function flowsFrom(context: StepContext, world: MasqueradeWorld, nodeName: string, list: readonly string[]): Flow[] {
  const from = clientOn(world, nodeName)
  const workers = workersOf(context)
  const other = workers[(workers.indexOf(from.node) + 1) % workers.length] ?? from.node
  const otherPod = clientOn(world, other.name)
  const port = CLOSED_PORT + workers.indexOf(from.node)
  const to = (receiver: Flow['receiver'], more: Partial<Flow> = {}): Flow => {
    const address = receiver.addresses[0] ?? ''
    return { from, receiver, address, decidedBy: decisionFor(address, list), answered: true, ...more }
  }
  return [
    to(from.node, { decidedBy: 'none' }),
    to(other),
    to(otherPod),
    to(otherPod, { probe: { protocol: 'tcp', port } }),
    to(otherPod, { probe: { protocol: 'udp', port } }),
  ]
}

function decisionFor(address: string, list: readonly string[]): DecidingRule {
  const returns = list.find((cidr) => cidrContains(parseCidr(cidr), address))
  return returns === undefined ? 'masquerade' : { returns }
}
