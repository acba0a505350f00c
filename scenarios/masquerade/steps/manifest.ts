import {
  agentName,
  agentNamespace,
  isEqual,
  masqueradeManifest,
  ownedBy,
  readRuleset,
  removeMasquerade,
  type StepDefinition,
  waitFor,
} from '../../../src/index.ts'
import { agentPods, chainOf, removeAfterwards, variantOf, workersOf } from '../agent.ts'
import type { MasqueradeWorld } from '../world.ts'

/** The manifest as the repository of the agent has it: no nodeSelector, no ConfigMap. */
export const manifest: StepDefinition<MasqueradeWorld> = {
  id: 'manifest',
  deploys: 'masquerade',
  title: 'apply and delete the manifest of the repository',
  claims: ['S0.12', 'S0.12a', 'S0.12b', 'S0.13'],
  requires: ['profile-nodes'],
  async run(context, world) {
    const { cluster, signal } = context
    const options = { variant: variantOf(context) }
    const workers = workersOf(context).map((node) => node.name)
    const objects = masqueradeManifest(options)
    await cluster.apply(objects)
    removeAfterwards(context, world)
    const running = async () =>
      (await agentPods(context)).filter((pod) => pod.status?.phase === 'Running').map((pod) => pod.spec?.nodeName ?? '')
    await waitFor(
      'the agents to run on the schedulable nodes',
      async () => (await running()).length >= workers.length,
      {
        timeoutMs: 10_000 * cluster.patience,
        signal,
      },
    ).catch(() => undefined)
    const nodesOfAgents = (await running()).sort()
    await context.claim('S0.12', (claim) => {
      claim.observe('nodes that run the agent, of those that take pods', isEqual(nodesOfAgents, workers))
    })
    await context.claim('S0.13', (claim) => {
      claim.observe('unlabelled nodes that run the agent', isEqual(nodesOfAgents, []))
    })
    const chain = chainOf(world)
    const remains = async (): Promise<string[]> => {
      const rulesets = await Promise.all(cluster.nodes.map((host) => readRuleset(host, { table: 'nat', signal })))
      return rulesets.flatMap((ruleset, at) => {
        const { chains, jumps } = ownedBy(ruleset, { chains: [chain] })
        return chains.length + jumps.length > 0 ? [cluster.nodes[at]?.name ?? ''] : []
      })
    }
    await waitFor('the rules of the agents', async () => (await remains()).length >= workers.length, {
      timeoutMs: 5000 * cluster.patience,
      signal,
    }).catch(() => undefined)
    const withRules = await remains()
    await cluster.delete(objects)
    await waitFor('the agents to end', async () => (await agentPods(context)).length === 0, {
      timeoutMs: 30_000 * Math.min(cluster.patience, 4),
      signal,
    })
    const daemonSets = await cluster.api.apps.listNamespacedDaemonSet({ namespace: agentNamespace })
    await context.claim('S0.12', (claim) => {
      const names = daemonSets.items.map((item) => item.metadata?.name).filter((name) => name === agentName)
      claim.observe('DaemonSets of that name after the deletion', isEqual(names, []))
    })
    await context.claim('S0.12a', async (claim) => {
      claim.control('nodes with the chain before the deletion', isEqual(withRules, workers))
      claim.observe('nodes with the chain after the deletion', isEqual(await remains(), workers))
    })
    await removeMasquerade(cluster, options, { signal })
    await context.claim('S0.12b', async (claim) => {
      claim.control('nodes with the chain before it was taken away', isEqual(withRules, workers))
      claim.observe('nodes with the chain or a jump to it afterwards', isEqual(await remains(), []))
    })
  },
}
