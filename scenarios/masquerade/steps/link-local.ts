import { listsRules, readRuleset, type StepDefinition } from '../../../src/index.ts'
import { chainOf, deployAgent, workersOf } from '../agent.ts'
import { claimFlows, type Flow, sendFlows } from '../flows.ts'
import { chainRules } from '../rules.ts'
import type { MasqueradeWorld } from '../world.ts'
import { clientOn } from './default-traffic.ts'

export const linkLocal: StepDefinition<MasqueradeWorld> = {
  id: 'link-local',
  deploys: 'masquerade',
  title: 'masquerade link-local destinations too',
  claims: ['S0.21'],
  requires: ['external-hosts', 'profile-addresses', 'no-foreign-masquerade'],
  async run(context, world) {
    const config = { nonMasqueradeCIDRs: ['10.0.0.0/8'], masqLinkLocal: true, resyncInterval: '60s' }
    await deployAgent(context, world, { config }, { restart: true })
    const chain = chainOf(world)
    const metadata = context.cluster.machine('metadata')
    const flows = workersOf(context).map(
      (node): Flow => ({
        from: clientOn(world, node.name),
        receiver: metadata,
        address: metadata.addresses[0] ?? '',
        decidedBy: 'masquerade',
        answered: true,
      }),
    )
    const results = await sendFlows(context, 'masqLinkLocal', flows)
    for (const node of workersOf(context)) {
      const ruleset = await readRuleset(node, { table: 'nat', signal: context.signal })
      await context.claim('S0.21', (claim) => {
        claim.observe(`${node.name}: the chain`, listsRules(ruleset, 'nat', chain, chainRules(['10.0.0.0/8'])))
      })
    }
    await claimFlows(context, 'S0.21', results, flows)
  },
}
