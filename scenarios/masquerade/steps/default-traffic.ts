import {
  containsNoPackets,
  containsPackets,
  FollowedPacket,
  type Host,
  nonceBytes,
  type Pod,
  type StepContext,
  type StepDefinition,
} from '../../../src/index.ts'
import { chainOf, workersOf } from '../agent.ts'
import { claimCounters, claimFlows, type Flow, type FlowResults, sendFlows, sourceOf } from '../flows.ts'
import { skipsDefaults } from '../present.ts'
import { LINK_LOCAL } from '../rules.ts'
import { createServices, type ServiceTarget } from '../services.ts'
import type { MasqueradeWorld } from '../world.ts'

/** Nobody listens at these ports: what comes back is a reset or an ICMP error. Each worker's client has its own. */
const FIRST_CLOSED_PORT = 9001

/** What it takes to see where pods can send to. */
export const OUTSIDE_WORLD = ['external-hosts', 'outsiders', 'profile-addresses', 'no-foreign-masquerade'] as const

const defaultClaims = ['S0.1', 'S0.2', 'S0.3', 'S0.5', 'S0.6', 'S0.8', 'S0.8a', 'S0.9', 'S0.10', 'S0.10a', 'S0.25a']

/** Every kind of destination that the document names, from a pod on each worker, with the defaults of the agent. */
export const defaultTraffic: StepDefinition<MasqueradeWorld> = {
  id: 'default-traffic',
  title: 'send from pods to every kind of destination, with the defaults',
  claims: defaultClaims,
  requires: OUTSIDE_WORLD,
  async run(context, world) {
    if (await skipsDefaults(context, world, defaultClaims)) return
    const services = await context.step('make two Services', () => createServices(context, world))
    const flows = workersOf(context).flatMap((node) => flowsFrom(context, world, node.name, services))
    const results = await context.step('send, capture and count', () => sendFlows(context, 'defaults', flows))
    const to = (name: string): Flow[] => flows.filter((flow) => flow.receiver.name === name && !flow.service)
    const claim = (id: string, wanted: readonly Flow[]): Promise<void> => claimFlows(context, id, results, wanted)
    await claim('S0.1', to('internet'))
    await claimTranslation(
      context,
      results,
      to('internet').filter((flow) => flow.probe === undefined),
    )
    await claimNoPodSeen(context, results, to('internet'))
    await claim('S0.5', flows)
    await claim('S0.6', to('metadata'))
    await claim(
      'S0.8',
      flows.filter((flow) => flow.decidedBy === 'none'),
    )
    await claim(
      'S0.8a',
      flows.filter((flow) => flow.decidedBy === 'none'),
    )
    for (const node of workersOf(context)) {
      await claimCounters(context, 'S0.5', results, node, chainOf(world))
      await claimCounters(context, 'S0.8a', results, node, chainOf(world))
    }
    await claim('S0.9', [
      ...flows.filter((flow) => flow.receiver.kind === 'node' && flow.decidedBy !== 'none'),
      ...flows.filter((flow) => flow.receiver.kind === 'pod' && !flow.service),
    ])
    await claim(
      'S0.10',
      flows.filter((flow) => flow.service && flow.receiver.kind === 'pod'),
    )
    await claim(
      'S0.10a',
      flows.filter((flow) => flow.service && flow.receiver.kind !== 'pod'),
    )
    await claim('S0.25a', to('database'))
  },
}

async function claimNoPodSeen(context: StepContext, results: FlowResults, flows: readonly Flow[]): Promise<void> {
  await context.claim('S0.3', (claim) => {
    const window = results.observation.capture(context.cluster.machine('internet'))
    for (const flow of flows.filter(({ probe }) => probe?.protocol !== 'tcp')) {
      const payloadIncludes = nonceBytes(results.probe(flow))
      claim.control(`what ${flow.from.name} sent was seen there`, containsPackets(window, { payloadIncludes }))
    }
    claim.observe('addresses of pods', containsNoPackets(window, { from: context.cluster.profile.podCidrs }))
  })
}

function flowsFrom(
  context: StepContext,
  world: MasqueradeWorld,
  nodeName: string,
  services: { readonly inside: ServiceTarget; readonly outside: ServiceTarget },
): Flow[] {
  const { cluster } = context
  const from = clientOn(world, nodeName)
  const own = from.node
  const port = FIRST_CLOSED_PORT + workersOf(context).indexOf(own)
  const to = (receiver: Host, fate: Pick<Flow, 'decidedBy' | 'answered' | 'probe'>): Flow => {
    return { from, receiver, address: receiver.addresses[0] ?? '', ...fate }
  }
  const other = workersOf(context).find((node) => node.name !== nodeName) ?? own
  const otherPod = world.clients.find((pod) => pod.node.name !== nodeName) ?? from
  const within = { returns: '10.0.0.0/8' }
  const masqueraded = { decidedBy: 'masquerade', answered: true } as const
  const kept = { decidedBy: within, answered: true }
  return [
    to(cluster.machine('internet'), masqueraded),
    to(cluster.machine('internet'), { ...masqueraded, probe: { protocol: 'tcp', port } }),
    to(cluster.machine('internet'), { ...masqueraded, probe: { protocol: 'udp', port } }),
    to(cluster.machine('partner'), masqueraded),
    to(cluster.machine('database'), { decidedBy: within, answered: false }),
    to(cluster.machine('neighbour'), { decidedBy: { returns: '172.16.0.0/12' }, answered: false }),
    to(cluster.machine('branch'), { decidedBy: { returns: '192.168.0.0/16' }, answered: true }),
    to(cluster.machine('metadata'), { decidedBy: { returns: LINK_LOCAL }, answered: true }),
    to(own, { decidedBy: 'none', answered: true }),
    to(other, { decidedBy: { returns: '172.16.0.0/12' }, answered: true }),
    to(otherPod, kept),
    to(otherPod, { ...kept, probe: { protocol: 'tcp', port } }),
    to(otherPod, { ...kept, probe: { protocol: 'udp', port } }),
    serviceFlow(from, services.inside, kept),
    serviceFlow(from, services.outside, masqueraded),
  ]
}

function serviceFlow(from: Pod, service: ServiceTarget, fate: Pick<Flow, 'decidedBy' | 'answered'>): Flow {
  const probe = { protocol: 'tcp', port: service.endpointPort } as const
  return { from, receiver: service.receiver, address: service.endpoint, probe, service, ...fate }
}

export function clientOn(world: MasqueradeWorld, nodeName: string): Pod {
  const client = world.clients.find((pod) => pod.node.name === nodeName)
  if (client === undefined) throw new Error(`there is no client on ${nodeName}`)
  return client
}

/** The answer's way back, and the conntrack entry that joins both ways. */
export async function claimTranslation(
  context: StepContext,
  results: FlowResults,
  flows: readonly Flow[],
): Promise<void> {
  const { observation } = results
  await context.claim('S0.2', async (claim) => {
    for (const flow of flows) {
      const listed = await flow.from.node.exec([
        'conntrack',
        '-L',
        '-s',
        flow.from.addresses[0] ?? '',
        '-d',
        flow.address,
      ])
      const payloadIncludes = nonceBytes(results.probe(flow))
      const followed = new FollowedPacket(context, {
        title: `${flow.from.name} to ${flow.receiver.name} and back`,
        captures: [flow.from, flow.from.node, flow.receiver].map((host) => observation.capture(host, 'eth0')),
        filter: { icmp: 'echo-request', payloadIncludes },
        reply: { icmp: 'echo-reply', payloadIncludes },
        conntrack: listed.stdout,
      })
      const pod = flow.from.addresses[0] ?? ''
      claim.control(`${flow.from.name}: the request`, followed.hasSources(pod, sourceOf(flow)))
      claim.observe(`${flow.from.name}: the answer`, followed.replyHasDestinations(sourceOf(flow), pod))
      claim.observe(`${flow.from.name}: conntrack on ${flow.from.node.name}`, followed.isTracked())
    }
  })
}
