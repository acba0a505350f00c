import { listsRules, readRuleset, type StepContext, type StepDefinition } from '../../../src/index.ts'
import { chainOf, deployAgent, workersOf } from '../agent.ts'
import { claimCounters, claimFlows, type Flow, sendFlows } from '../flows.ts'
import { chainRules, LINK_LOCAL } from '../rules.ts'
import type { MasqueradeWorld } from '../world.ts'
import { clientOn } from './default-traffic.ts'

const LINK_LOCAL_V6 = 'fe80::/10'
const V4 = '10.244.0.0/16'
const V6 = 'fd00:10:244::/56'

export const ipv6: StepDefinition<MasqueradeWorld> = {
  id: 'ipv6',
  deploys: 'masquerade',
  title: 'list an IPv6 CIDR, with IPv6 enabled',
  claims: ['S0.22'],
  requires: ['ipv6', 'external-hosts', 'profile-addresses', 'no-foreign-masquerade'],
  async run(context, world) {
    const config = { nonMasqueradeCIDRs: [V4, V6], resyncInterval: '60s' }
    await deployAgent(context, world, { config, args: ['--enable-ipv6'] })
    const chain = chainOf(world)
    const flows = workersOf(context).flatMap((node) => flowsFrom(context, world, node.name))
    const results = await sendFlows(context, 'IPv6', flows, { family: 6 })
    for (const node of workersOf(context)) {
      const [v4, v6] = await Promise.all([
        readRuleset(node, { table: 'nat', signal: context.signal }),
        readRuleset(node, { family: 6, table: 'nat', signal: context.signal }),
      ])
      await context.claim('S0.22', (claim) => {
        claim.observe(`${node.name}: the IPv4 chain`, listsRules(v4, 'nat', chain, chainRules([LINK_LOCAL, V4])))
        claim.observe(`${node.name}: the IPv6 chain`, listsRules(v6, 'nat', chain, chainRules([LINK_LOCAL_V6, V6])))
      })
      await claimCounters(context, 'S0.22', results, node, chain, 6)
    }
    await claimFlows(context, 'S0.22', results, flows)
  },
}

function flowsFrom(context: StepContext, world: MasqueradeWorld, nodeName: string): Flow[] {
  const from = clientOn(world, nodeName)
  const internet = context.cluster.machine('internet')
  const otherPod = world.clients.find((pod) => pod.node.name !== nodeName) ?? from
  return [
    { from, receiver: internet, address: ipv6Of(internet), decidedBy: 'masquerade', answered: true },
    { from, receiver: otherPod, address: ipv6Of(otherPod), decidedBy: { returns: V6 }, answered: true },
  ]
}

function ipv6Of(host: { readonly addresses: readonly string[] }): string {
  return host.addresses.find((address) => address.includes(':')) ?? ''
}
