import { isEqual, type Judged, openEchoConnection, type StepContext, type StepDefinition } from '../../../src/index.ts'
import { chainOf, policyChains } from '../chains.ts'
import { settle } from '../enforcement.ts'
import { type Enforcement, followChange, tookEffect } from '../follow-change.ts'
import { SHELL, WEB } from '../pods.ts'
import { WEB_DENY_ALL } from '../policies.ts'
import { ECHO_PORT, type NetworkPolicyWorld } from '../world.ts'
import { readFilters } from './deny-all.ts'

/** The policy goes, a connection is made, and the policy comes back. */
export const comingAndGoing: StepDefinition<NetworkPolicyWorld> = {
  id: 'coming-and-going',
  title: 'delete web-deny-all and apply it again, with probes all the while',
  claims: ['S3.14a', 'S3.21', 'S3.21a'],
  needs: ['deny-all'],
  async run(context, world) {
    const { cluster } = context
    const pair = {
      prober: context.lacks('prober') === undefined ? world.prober(context) : undefined,
      from: world.pod(SHELL),
      to: world.pod(WEB),
    }
    const gone = await followChange(context, 'web-deny-all is deleted', { ...pair, becomes: 'allowed' }, async () => {
      await cluster.delete([WEB_DENY_ALL])
    })
    await settle(context, world)
    const left = await denyChains(context, world)
    await using connection = await openEchoConnection(pair.from, pair.to.addresses[0] ?? '', ECHO_PORT, context.signal)
    const first = await connection.echo('before')
    const back = await followChange(context, 'web-deny-all is applied', { ...pair, becomes: 'blocked' }, async () => {
      await cluster.apply([WEB_DENY_ALL])
    })
    const second = await connection.echo('after')
    await context.claim('S3.21', (claim) => {
      claim.control('with the policy no probe got through', isEqual(gone.isSteadyBefore, true))
      claim.observe('after its deletion probes get through', tookEffect(gone))
      claim.observe('chains of policies that the pod’s chain leads to', isEqual(left.jumps, []))
      claim.observe('nodes that still have the policy’s chain', isEqual(left.nodes, []))
    })
    await context.claim('S3.21a', (claim) => {
      claim.control('before the deletion every probe was blocked', isEqual(gone.isSteadyBefore, true))
      claim.control('before the policy every probe got through', isEqual(back.isSteadyBefore, true))
      claim.observe('the first probe that the policy stops', tookEffect(back))
      claim.observe('probes after it that got through', relapses(back))
      claim.observe('the first probe that its deletion lets through', tookEffect(gone))
      claim.observe('probes after it that were blocked', relapses(gone))
    })
    await context.claim('S3.14a', (claim) => {
      claim.control('the connection stood before', isEqual(first, 'before'))
      claim.control('new ones are blocked', tookEffect(back))
      claim.observe('a line sent over it afterwards comes back', isEqual(second, 'after'))
    })
  },
}

function relapses({ relapses: count, evidenceId }: Enforcement): Judged {
  return { ...isEqual(count, 0), evidence: [evidenceId] }
}

/** What is left of the policy on the nodes. */
async function denyChains(
  context: StepContext,
  world: NetworkPolicyWorld,
): Promise<{ readonly jumps: readonly string[]; readonly nodes: readonly string[] }> {
  const rulesets = await readFilters(context)
  const own = rulesets.get(world.pod(WEB).node.name)
  const chain = world.denyChain
  return {
    jumps: own === undefined ? ['its rules were not read'] : policyChains(own, chainOf(WEB, 'tw')),
    nodes: [...rulesets].flatMap(([node, { tables }]) =>
      tables.some(({ chains }) => chains.some(({ name }) => name === chain)) ? [node] : [],
    ),
  }
}
