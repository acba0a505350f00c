import {
  hasCounted,
  isEqual,
  ping,
  type StepContext,
  type StepDefinition,
  selectRules,
  startTrace,
  traceEvidence,
} from '../../../src/index.ts'
import { addressOf, attack, observeReached } from '../attack.ts'
import type { ForwardGuardWorld } from '../world.ts'

const LAST_RULE = { table: 'filter', chain: 'FORWARD', match: 'mark' }
const POD_DESTINATION = { table: 'filter', chain: 'FORWARD', destination: '10.42.0.0/16' }

export const unprotected: StepDefinition<ForwardGuardWorld> = {
  id: 'unprotected',
  title: 'attack the pods without protection',
  claims: ['S4.1', 'S4.3', 'S4.5', 'S4.5a'],
  async run(context, world) {
    const seen = await attack(context, world, 'without protection')
    await context.claim('S4.1', (claim) => observeReached(claim, seen))
    for (const node of context.cluster.nodes) {
      const rules = seen.ruleset(node)
      const dockerRules = selectRules(rules.after, { table: 'filter', chain: 'FORWARD' }).slice(6, 10)
      // Each pod gets a ping from three outsiders and a connection and a datagram from one; each via node sees two pings more.
      const packets = 3 + 1 + 1 + 2
      await context.claim('S4.5', (claim) => {
        claim.control(`${node.name}: the attack came through the chain`, hasCounted(rules, POD_DESTINATION, packets))
        claim.observe(`${node.name}: the last rule let it in`, hasCounted(rules, LAST_RULE, packets))
      })
      await context.claim('S4.5a', (claim) => {
        claim.observe(`${node.name}: rule 12`, hasCounted(rules, POD_DESTINATION, packets))
        claim.observe(`${node.name}: the last rule`, hasCounted(rules, LAST_RULE, 0))
        claim.observe(
          `${node.name}: interfaces of rules 7 to 10`,
          isEqual(
            dockerRules.map((rule) => rule.outInterface?.value ?? rule.inInterface?.value ?? 'any'),
            ['docker0', 'docker0', 'docker0', 'docker0'],
          ),
        )
      })
    }
    await claimDecidingChain(context, world)
  },
}

/** A ping traced through the node: the chains of the table filter that it meets. */
async function claimDecidingChain(context: StepContext, world: ForwardGuardWorld): Promise<void> {
  const [pod] = world.pods
  if (pod === undefined) throw new Error('there is no pod')
  const outsider = context.cluster.machine('outsider-1')
  const address = addressOf(pod, 4)
  await using tracing = await startTrace(pod.node, { match: ['-s', addressOf(outsider, 4), '-d', address] })
  await ping(outsider, address, { count: 1, signal: context.signal })
  const [trace] = await tracing.stop()
  await context.claim('S4.3', (claim) => {
    const builtIn = (trace?.hops ?? [])
      .filter((hop) => hop.table === 'filter' && ['INPUT', 'FORWARD', 'OUTPUT'].includes(hop.chain))
      .map((hop) => hop.chain)
    claim.observe('built-in chains of filter that a traced ping meets', isEqual([...new Set(builtIn)], ['FORWARD']))
    const verdicts = (trace?.hops ?? []).filter((hop) => hop.table === 'filter' && hop.verdict === 'ACCEPT')
    claim.observe('the chain whose rule accepted it', isEqual(verdicts.at(-1)?.chain, 'FORWARD'))
    if (trace !== undefined) {
      claim.uses(traceEvidence(context.evidence, 'a ping of the outsider through the node', pod.node.name, trace))
    }
  })
}
