import {
  cellsAre,
  cellsAreAsDemanded,
  containsPackets,
  hasCounted,
  hasOutcome,
  observe,
  type StepContext,
  type StepDefinition,
  tcp,
} from '../../../src/index.ts'
import { chainOf, DIALECTS } from '../chains.ts'
import { settle } from '../enforcement.ts'
import { observeMatrix } from '../matrix.ts'
import { STRANGER, TESTER, VISITOR } from '../pods.ts'
import { modernPolicy } from '../policies.ts'
import type { NetworkPolicyWorld } from '../world.ts'
import { wasOpen } from './templates-probed.ts'

export const egress: StepDefinition<NetworkPolicyWorld> = {
  id: 'egress',
  title: 'apply an egress policy with an address block, a range and a named port',
  needs: ['open'],
  async run({ cluster }, world) {
    const except = `${world.pod(STRANGER).addresses[0]}/32`
    await cluster.apply([modernPolicy('0.0.0.0/0', except)])
  },
}

export const egressProbed: StepDefinition<NetworkPolicyWorld> = {
  id: 'egress-probed',
  title: 'probe what the egress policy allows',
  claims: ['S3.2a', 'S3.22', 'S3.22a'],
  needs: ['egress'],
  async run(context, world) {
    await settle(context, world)
    const matrix = await observeMatrix(context, world, 'every pod to every pod, with an egress policy')
    const to = (pod: string, port: string) => ({ from: VISITOR, to: pod, port })
    await context.claim('S3.2a', (claim) => {
      wasOpen(claim, world.open, TESTER)
      claim.observe('the range’s first port', cellsAre(matrix, to(TESTER, 'tcp/80'), 'allowed'))
      claim.observe('a port behind its last', cellsAre(matrix, to(TESTER, 'tcp/443'), 'blocked'))
      claim.observe('another protocol', cellsAre(matrix, to(TESTER, 'udp/80'), 'blocked'))
      claim.observe('an address that is excepted', cellsAre(matrix, to(STRANGER, 'tcp/80'), 'blocked'))
      claim.observe('the same by a named port', cellsAre(matrix, to(STRANGER, 'tcp/6379'), 'allowed'))
      claim.observe('every pair as the policies say', cellsAreAsDemanded(matrix))
    })
    await context.claim('S3.22', (claim) => {
      wasOpen(claim, world.open, TESTER)
      claim.observe('what the egress policy leaves out', cellsAre(matrix, to(TESTER, 'tcp/443'), 'allowed'))
    })
    await claimWhere(context, world)
    await context.cluster.delete([modernPolicy('0.0.0.0/0', '')])
  },
}

/** Where the packet ends: in the chain of the sender, on the sender's node. */
async function claimWhere(context: StepContext, world: NetworkPolicyWorld): Promise<void> {
  const [from, to] = [world.pod(VISITOR), world.pod(TESTER)]
  const address = to.addresses[0] ?? ''
  const plan = {
    title: `an attempt of ${VISITOR} that its egress policy does not allow`,
    captures: [from, to].map((host) => ({ host, interface: 'eth0' })),
    rulesets: [{ host: from.node, family: 4 as const, table: 'filter' }],
  }
  const seen = await observe(
    context,
    plan,
    async () => await tcp(from, address, 443, { timeoutMs: 500, signal: context.signal }),
  )
  const syn = { protocol: 'tcp', to: address, destinationPort: 443 }
  await context.claim('S3.22a', (claim) => {
    claim.control('it left the pod', containsPackets(seen.capture(from), syn, { count: 1 }))
    claim.observe('the attempt', hasOutcome(seen.result, 'timed-out'))
    claim.observe('it arrived', containsPackets(seen.capture(to), syn, { count: 0 }))
    const drop = { table: 'filter', chain: chainOf(VISITOR, 'fw'), comment: DIALECTS[world.dialect].end }
    claim.observe(`dropped on ${from.node.name}`, hasCounted(seen.ruleset(from.node), drop, 1))
  })
}
