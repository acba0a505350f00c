import {
  containsBytes,
  containsPackets,
  deployEncryption,
  hasOutcome,
  type Node,
  nonceBytes,
  ping,
  type StepContext,
  type StepDefinition,
  waitFor,
} from '../../../src/index.ts'
import { readDevice } from '../node-facts.ts'
import { needlesOf, watch, wireOf } from '../wire.ts'
import { actorsOf, addressOf, askedVariant, type EncryptionWorld, TUNNEL } from '../world.ts'

/** The control for everything that is said to be absent later: the same place shows it while there is no encryption. */
export const plain: StepDefinition<EncryptionWorld> = {
  id: 'plain',
  title: 'ping from pod to pod without encryption, and see it on the wire',
  claims: ['S2.21'],
  skip: (context) => (askedVariant(context) === 'builtin' ? undefined : 'the cluster encrypts from the start'),
  async run(context, world) {
    const actors = actorsOf(context, world)
    const { client, server } = actors
    const options = { tunnel: false, hosts: false }
    const seen = await watch(
      context,
      actors,
      'without encryption',
      () => ping(client, addressOf(server), { count: 1, signal: context.signal }),
      options,
    )
    const wire = wireOf(context, actors, seen)
    world.sawPlain = containsPackets(wire, { payloadIncludes: nonceBytes(seen.result) }).pass
    await context.claim('S2.21', (claim) => {
      claim.control('the ping without encryption', hasOutcome(seen.result, 'ok'))
      for (const needle of needlesOf(
        [{ addresses: [addressOf(client)] }, { addresses: [addressOf(server)] }],
        [seen.result],
      )) {
        claim.control(`without encryption the wire shows ${needle.name}`, containsBytes(wire, needle))
      }
      claim.observe(
        'and it is ICMP there',
        containsPackets(wire, { icmp: 'echo-request', from: addressOf(client), to: addressOf(server) }),
      )
    })
  },
}

export const deploy: StepDefinition<EncryptionWorld> = {
  id: 'deploy',
  title: 'switch encryption on',
  essential: true,
  skip: (context) => (askedVariant(context) === 'builtin' ? context.lacks('agent-image', 'wireguard') : undefined),
  async run(context, world) {
    const { cluster, signal } = context
    if (askedVariant(context) === 'builtin') await deployEncryption(cluster, { interval: '1s' }, { signal })
    else await waitForTunnels(context)
    const { left } = actorsOf(context, world)
    world.variant = ((await readDevice(left))?.fwmark ?? 0) === 0 ? 'A' : 'B'
  },
}

/** Of the Cilium that the cluster has. */
async function waitForTunnels({ cluster, signal }: StepContext): Promise<void> {
  const isUp = async (node: Node): Promise<boolean> =>
    (await readDevice(node))?.peers.length === cluster.nodes.length - 1
  for (const node of cluster.nodes) {
    await waitFor(`${TUNNEL} on ${node.name}, with a peer for each other node`, () => isUp(node), {
      timeoutMs: 60_000,
      signal,
    })
  }
}
