import {
  containsBytes,
  containsPackets,
  deployEncryption,
  hasOutcome,
  nonceBytes,
  ping,
  type StepDefinition,
} from '../../../src/index.ts'
import { readDevice } from '../node-facts.ts'
import { waitForPresent } from '../present.ts'
import { needlesOf, watch, wireOf } from '../wire.ts'
import { actorsOf, addressOf, type EncryptionWorld } from '../world.ts'

/** The control for everything that is said to be absent later: the same place shows it while there is no encryption. */
export const plain: StepDefinition<EncryptionWorld> = {
  id: 'plain',
  title: 'ping from pod to pod without encryption, and see it on the wire',
  claims: ['S2.21'],
  async run(context, world) {
    // The control is then the traffic that is never encrypted, in the captures themselves.
    if (!world.isBuiltin) return
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
    const wire = wireOf(actors, seen)
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
  async run(context, world) {
    const { cluster, signal } = context
    if (world.isBuiltin) await deployEncryption(cluster, { interval: '1s' }, { signal })
    else await waitForPresent(context)
    const { left } = actorsOf(context, world)
    world.variant = ((await readDevice(left))?.fwmark ?? 0) === 0 ? 'A' : 'B'
  },
}
