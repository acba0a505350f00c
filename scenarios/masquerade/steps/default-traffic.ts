import {
  containsNoPackets,
  containsPackets,
  FollowedPacket,
  nonceBytes,
  type Pod,
  type StepContext,
  type StepDefinition,
} from '../../../src/index.ts'
import { chainOf, workersOf } from '../agent.ts'
import { type Flow, type FlowResults, observeCounters, observeFlow, sendFlows, sourceOf } from '../flows.ts'
import { LINK_LOCAL } from '../rules.ts'
import { createServices, type ServiceTarget } from '../services.ts'
import type { MasqueradeWorld } from '../world.ts'

/** Every kind of destination that the document names, from a pod on each worker, with the defaults of the agent. */
export const defaultTraffic: StepDefinition<MasqueradeWorld> = {
  id: 'default-traffic',
  title: 'send from pods to every kind of destination, with the defaults',
  claims: ['S0.1', 'S0.2', 'S0.3', 'S0.5', 'S0.6', 'S0.8', 'S0.8a', 'S0.9', 'S0.10', 'S0.10a', 'S0.25a'],
  async run(context, world) {
    const services = await context.step('make two Services', () => createServices(context, world))
    const flows = workersOf(context).flatMap((node) => flowsFrom(context, world, node.name, services))
    const results = await context.step('send, capture and count', () =>
      sendFlows(context, 'defaults', flows),
    )
    const to = (name: string): Flow[] => flows.filter((flow) => flow.receiver.name === name && !flow.service)
    const each = (id: string, wanted: readonly Flow[]): Promise<void> =>
      context.claim(id, (claim) => {
        for (const flow of wanted) observeFlow(claim, results, flow)
      })
    await each('S0.1', to('internet'))
    await claimTranslation(context, results, to('internet'))
    await context.claim('S0.3', (claim) => {
      const window = results.observation.capture(context.cluster.machine('internet'))
      for (const flow of to('internet')) {
        const nonce = nonceBytes(results.probe(flow))
        claim.control(`${flow.from.name} was seen there`, containsPackets(window, { payloadIncludes: nonce }))
      }
      claim.observe('addresses of pods', containsNoPackets(window, { from: context.cluster.profile.podCidrs }))
    })
    await context.claim('S0.5', (claim) => {
      for (const flow of flows) observeFlow(claim, results, flow)
      for (const node of workersOf(context)) observeCounters(claim, results, node, chainOf(world))
    })
    await each('S0.6', to('metadata'))
    await each('S0.8', flows.filter((flow) => flow.decidedBy === 'none'))
    await context.claim('S0.8a', (claim) => {
      for (const flow of flows.filter(({ decidedBy }) => decidedBy === 'none')) observeFlow(claim, results, flow)
      for (const node of workersOf(context)) observeCounters(claim, results, node, chainOf(world))
    })
    await each('S0.9', [
      ...flows.filter((flow) => flow.receiver.kind === 'node' && flow.decidedBy !== 'none'),
      ...flows.filter((flow) => flow.receiver.kind === 'pod' && !flow.service),
    ])
    await each('S0.10', flows.filter((flow) => flow.service && flow.receiver.kind === 'pod'))
    await each('S0.10a', flows.filter((flow) => flow.service && flow.receiver.kind !== 'pod'))
    await each('S0.25a', to('database'))
  },
}

function flowsFrom(
  context: StepContext,
  world: MasqueradeWorld,
  nodeName: string,
  services: { readonly inside: ServiceTarget; readonly outside: ServiceTarget },
): Flow[] {
  const { cluster } = context
  const from = clientOn(world, nodeName)
  const machine = (name: string, fate: Pick<Flow, 'decidedBy' | 'answered'>): Flow => {
    const receiver = cluster.machine(name)
    return { from, receiver, address: receiver.addresses[0] ?? '', ...fate }
  }
  const own = from.node
  const other = workersOf(context).find((node) => node.name !== nodeName) ?? own
  const otherPod = world.clients.find((pod) => pod.node.name !== nodeName) ?? from
  const within = { returns: '10.0.0.0/8' }
  return [
    machine('internet', { decidedBy: 'masquerade', answered: true }),
    machine('partner', { decidedBy: 'masquerade', answered: true }),
    machine('database', { decidedBy: within, answered: false }),
    machine('neighbour', { decidedBy: { returns: '172.16.0.0/12' }, answered: false }),
    machine('branch', { decidedBy: { returns: '192.168.0.0/16' }, answered: true }),
    machine('metadata', { decidedBy: { returns: LINK_LOCAL }, answered: true }),
    { from, receiver: own, address: own.addresses[0] ?? '', decidedBy: 'none', answered: true },
    {
      from,
      receiver: other,
      address: other.addresses[0] ?? '',
      decidedBy: { returns: '172.16.0.0/12' },
      answered: true,
    },
    { from, receiver: otherPod, address: otherPod.addresses[0] ?? '', decidedBy: within, answered: true },
    serviceFlow(from, services.inside, { decidedBy: within, answered: true }),
    serviceFlow(from, services.outside, { decidedBy: 'masquerade', answered: true }),
  ]
}

function serviceFlow(from: Pod, service: ServiceTarget, fate: Pick<Flow, 'decidedBy' | 'answered'>): Flow {
  return { from, receiver: service.receiver, address: service.endpoint, service, ...fate }
}

export function clientOn(world: MasqueradeWorld, nodeName: string): Pod {
  const client = world.clients.find((pod) => pod.node.name === nodeName)
  if (client === undefined) throw new Error(`there is no client on ${nodeName}`)
  return client
}

/** The answer's way back, and the conntrack entry that joins both ways. */
async function claimTranslation(context: StepContext, results: FlowResults, flows: readonly Flow[]): Promise<void> {
  const { observation } = results
  await context.claim('S0.2', async (claim) => {
    for (const flow of flows) {
      const listed = await flow.from.node.exec(['conntrack', '-L', '-s', flow.from.addresses[0] ?? '', '-d', flow.address])
      const payloadIncludes = nonceBytes(results.probe(flow))
      const followed = new FollowedPacket(context.evidence, context.clockOf, {
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
