import {
  containsPackets,
  deployForwardGuard,
  type Host,
  hasCounted,
  hasOutcome,
  isEqual,
  type Node,
  nonceBytes,
  type Observation,
  observe,
  type PingResult,
  ping,
  type StepContext,
  type StepDefinition,
  tcp,
} from '../../../src/index.ts'
import { type Attack, addressOf, attack, observeRejected } from '../attack.ts'
import { type ForwardGuardWorld, HTTP_PORT } from '../world.ts'

const RULE = { table: 'filter', chain: 'FORWARD', target: 'REJECT' }

export const deploy: StepDefinition<ForwardGuardWorld> = {
  id: 'deploy',
  title: 'deploy the guard',
  essential: true,
  async run({ cluster, signal }) {
    await deployForwardGuard(cluster, {}, { signal })
  },
}

export const guarded: StepDefinition<ForwardGuardWorld> = {
  id: 'guarded',
  title: 'attack the pods again, and use the cluster as its pods do',
  claims: ['S4.8', 'S4.8a', 'S4.9', 'S4.10', 'S4.11', 'S4.11a'],
  async run(context, world) {
    const attacked = await attack(context, world, 'guarded')
    await context.claim('S4.8', (claim) => observeRejected(claim, attacked))
    await claimCounted(context, attacked)
    await claimInside(context, world)
    await claimBytes(context, world)
  },
}

/** Each via node rejects a ping to every pod, a SYN and a datagram. */
async function claimCounted(context: StepContext, attacked: Observation<Attack>): Promise<void> {
  const perNode = context.cluster.nodes.length + 2
  for (const node of context.cluster.nodes) {
    await context.claim('S4.8', (claim) => {
      claim.observe(`${node.name}: packets that the rule rejected`, hasCounted(attacked.ruleset(node), RULE, perNode))
    })
  }
}

/** Pods to pods on every node, nodes to pods, and pods to a server outside, with the rule's counters around it. */
async function claimInside(context: StepContext, world: ForwardGuardWorld): Promise<void> {
  const { cluster, signal } = context
  const server = cluster.machine('server')
  const plan = {
    title: 'traffic of the cluster itself',
    captures: [...world.pods, server].map((host) => ({ host, interface: 'eth0' })),
    rulesets: cluster.nodes.map((host) => ({ host, family: 4 as const, table: 'filter' })),
  }
  const options = { count: 2, timeoutMs: 500, signal }
  const between = world.pods.flatMap((from) => world.pods.filter((to) => to !== from).map((to) => ({ from, to })))
  const fromNodes = cluster.nodes.flatMap((from) =>
    world.pods.filter((to) => to.node !== from).map((to) => ({ from, to })),
  )
  const seen = await observe(context, plan, async () => {
    const [pods, nodes, outside] = await Promise.all([
      Promise.all(between.map(({ from, to }) => ping(from, addressOf(to, 4), options))),
      Promise.all(fromNodes.map(({ from, to }) => ping(from, addressOf(to, 4), options))),
      Promise.all(world.pods.map((from) => ping(from, addressOf(server, 4), options))),
    ])
    return { pods, nodes, outside }
  })
  await context.claim('S4.8a', (claim) => {
    for (const probe of [...seen.result.pods, ...seen.result.outside]) {
      claim.observe(`${probe.from} to ${probe.to}`, hasOutcome(probe, 'ok'))
    }
  })
  const unmoved = (node: Node) => hasCounted(seen.ruleset(node), RULE, 0)
  await context.claim('S4.9', (claim) => {
    for (const [index, { from }] of between.entries()) {
      const probe = seen.result.pods[index] as PingResult
      const payloadIncludes = nonceBytes(probe)
      claim.control(
        `${from.name} sent it by its own interface`,
        containsPackets(seen.capture(from), { payloadIncludes }),
      )
      claim.observe(`${probe.from} to ${probe.to}`, hasOutcome(probe, 'ok'))
    }
    for (const node of cluster.nodes) claim.observe(`${node.name}: packets that the rule rejected`, unmoved(node))
  })
  await context.claim('S4.10', (claim) => {
    for (const [index, { from, to }] of fromNodes.entries()) {
      const probe = seen.result.nodes[index] as PingResult
      const arrived = { payloadIncludes: nonceBytes(probe), from: addressOf(from, 4) }
      claim.control(
        `${from.name} to ${to.name}: it arrives with the address of the node`,
        containsPackets(seen.capture(to), arrived),
      )
      claim.observe(`${from.name} to ${to.name}`, hasOutcome(probe, 'ok'))
    }
    for (const node of cluster.nodes) claim.observe(`${node.name}: packets that the rule rejected`, unmoved(node))
  })
}

/** One attempt of each kind, alone, and what the rule counts for it. */
async function claimBytes(context: StepContext, world: ForwardGuardWorld): Promise<void> {
  const [pod] = world.pods
  if (pod === undefined) throw new Error('there is no pod')
  const outsider = context.cluster.machine('outsider-1')
  const address = addressOf(pod, 4)
  const { signal } = context
  const count = async (title: string, attempt: () => Promise<unknown>): Promise<string> => {
    const rulesets = [{ host: pod.node, family: 4 as const, table: 'filter' }]
    const seen = await observe(context, { title, captures: [], rulesets }, attempt)
    const delta = seen
      .ruleset(pod.node)
      .delta.rules.find(({ after }) => after?.chain === 'FORWARD' && after.target === 'REJECT')
    return delta?.packets === undefined
      ? `void: ${delta?.void ?? 'no such rule'}`
      : `${delta.packets} packets, ${delta.bytes} bytes`
  }
  const onePing = await count('one ping', () => ping(outsider, address, { count: 1, timeoutMs: 500, signal }))
  const oneSyn = await count('one TCP connection attempt', () =>
    tcp(outsider, address, HTTP_PORT, { timeoutMs: 500, signal }),
  )
  const datagram = await count('one datagram', () => sendByte(outsider, address, signal))
  await context.claim('S4.11', (claim) => {
    claim.observe('one ping', isEqual(onePing, '1 packets, 60 bytes'))
  })
  await context.claim('S4.11a', (claim) => {
    claim.observe('one ping from Linux', isEqual(onePing, '1 packets, 84 bytes'))
    claim.observe('one TCP connection attempt', isEqual(oneSyn, '1 packets, 60 bytes'))
    claim.observe('one datagram with one byte', isEqual(datagram, '1 packets, 29 bytes'))
  })
}

/** The probe for UDP sends a nonce; this is the smallest datagram that says something. */
async function sendByte(outsider: Host, address: string, signal: AbortSignal): Promise<unknown> {
  return outsider.exec(['nc.openbsd', '-n', '-u', '-w', '1', '-q', '0', address, '9002'], { stdin: 'x', signal })
}
