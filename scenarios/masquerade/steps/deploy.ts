import { cleanNode, isEqual, type StepContext, type StepDefinition, waitFor } from '../../../src/index.ts'
import { agentPods, chainOf, deployAgent, workersOf } from '../agent.ts'
import { findPresentAgent } from '../present.ts'
import type { MasqueradeWorld } from '../world.ts'

const LABEL = 'node.kubernetes.io/masq-agent-ds-ready'

/** The deployment that the document means: with the nodeSelector that its label needs, and the defaults of the agent. */
export const deploy: StepDefinition<MasqueradeWorld> = {
  id: 'deploy',
  deploys: 'masquerade',
  title: 'deploy the agent on the labelled workers, with its defaults',
  claims: ['S0.13a'],
  essential: true,
  whenPresent: findPresentAgent,
  async run(context, world) {
    const workers = workersOf(context).map((node) => node.name)
    const [, second = ''] = workers
    await Promise.all(workers.map((name) => context.cluster.labelNode(name, { [LABEL]: 'true' })))
    await deployAgent(context, world, {})
    const labelled = await agentNodes(context, workers)
    await context.cluster.labelNode(second, { [LABEL]: null })
    const others = workers.filter((name) => name !== second)
    const without = await agentNodes(context, others)
    // Rules that the ended agent has left would pass for those of the next one.
    await cleanNode(context.cluster.node(second), 4, chainOf(world))
    await context.cluster.labelNode(second, { [LABEL]: 'true' })
    await deployAgent(context, world, {})
    const again = await agentNodes(context, workers)
    await context.claim('S0.13a', (claim) => {
      claim.observe('nodes that run the agent, with the workers labelled', isEqual(labelled, workers))
      claim.observe(`after the label was taken from ${second}`, isEqual(without, others))
      claim.observe(`after ${second} has it again`, isEqual(again, workers))
    })
  },
}

/** The nodes that run the agent, once they are the expected ones or it is clear that they will not be. */
async function agentNodes(context: StepContext, expected: readonly string[]): Promise<string[]> {
  const look = async () => (await agentPods(context)).map((pod) => pod.spec?.nodeName ?? '').sort()
  await waitFor(`agents on ${expected.join(', ')}`, async () => isEqual(await look(), expected).pass, {
    timeoutMs: 10_000 * context.cluster.patience,
    signal: context.signal,
  }).catch(() => undefined)
  return look()
}
