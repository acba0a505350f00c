import {
  findChain,
  isEqual,
  type Judged,
  listsRules,
  type Node,
  readRuleset,
  type StepContext,
  type StepDefinition,
  waitFor,
} from '../../../src/index.ts'
import { agentPods, applyConfig, chainOf, deployAgent, workersOf } from '../agent.ts'
import { chainRules, LINK_LOCAL } from '../rules.ts'
import type { MasqueradeWorld } from '../world.ts'

/** Short enough to see several cycles; a kubelet may take longer than that to bring a changed ConfigMap to the file. */
export const SHORT_INTERVAL = '100ms'
const CHANGE_TIMEOUT_MS = 10_000

/** From here on the agent works in short cycles. */
export const shortInterval: StepDefinition<MasqueradeWorld> = {
  id: 'short-interval',
  deploys: 'masquerade',
  title: 'configure one CIDR and a short interval',
  claims: ['S0.14'],
  essential: true,
  async run(context, world) {
    const config = { nonMasqueradeCIDRs: ['10.0.0.0/8'], resyncInterval: SHORT_INTERVAL }
    await deployAgent(context, world, { config }, { restart: true })
    const chain = chainOf(world)
    for (const node of workersOf(context)) {
      const ruleset = await readRuleset(node, { table: 'nat', signal: context.signal })
      await context.claim('S0.14', (claim) => {
        claim.observe(
          `${node.name}: the chain`,
          listsRules(ruleset, 'nat', chain, chainRules([LINK_LOCAL, '10.0.0.0/8'])),
        )
      })
    }
  },
}

export const reload: StepDefinition<MasqueradeWorld> = {
  id: 'reload',
  deploys: 'masquerade',
  title: 'change the configuration under the running agents',
  claims: ['S0.7'],
  async run(context, world) {
    const chain = chainOf(world)
    const before = await identities(context)
    const cidrs = ['10.0.0.0/8', '198.18.0.0/15']
    const changedAtMs = context.elapsedMs()
    await applyConfig(context, world, { nonMasqueradeCIDRs: cidrs, resyncInterval: SHORT_INTERVAL })
    const expected = chainRules([LINK_LOCAL, ...cidrs])
    const seen = await Promise.all(workersOf(context).map((node) => eventuallyLists(context, node, chain, expected)))
    const timeline = context.evidence.add({
      kind: 'timeline',
      title: 'from the change of the ConfigMap to the rules',
      entries: [
        { atMs: changedAtMs, what: 'the ConfigMap was changed', detail: `interval ${SHORT_INTERVAL}` },
        ...seen.map(({ node, atMs }) => ({
          atMs,
          what: `${node.name} was last looked at`,
          detail: `after ${atMs - changedAtMs} ms`,
        })),
      ],
    })
    const after = await identities(context)
    await context.claim('S0.7', (claim) => {
      claim.uses(timeline)
      for (const { node, judged } of seen) claim.observe(`${node.name}: the chain follows the file`, judged)
      claim.control('the same agents as before (pod, restarts)', isEqual(after, before))
    })
  },
}

/** Which pods run the agent, and how often their containers have started. */
async function identities(context: StepContext): Promise<string[]> {
  const pods = await agentPods(context)
  return pods.map((pod) => `${pod.metadata?.name} ${pod.status?.containerStatuses?.[0]?.restartCount ?? 0}`).sort()
}

/** Waits until the chain is as expected, or time is up; either way says what it is. */
export async function eventuallyLists(
  context: StepContext,
  node: Node,
  chain: string,
  expected: readonly string[],
  family: 4 | 6 = 4,
): Promise<{ node: Node; judged: Judged; atMs: number }> {
  let judged: Judged | undefined
  await waitFor(
    `the rules on ${node.name}`,
    async () => {
      const ruleset = await readRuleset(node, { family, table: 'nat', signal: context.signal })
      judged = listsRules(ruleset, 'nat', chain, expected)
      return judged.pass
    },
    { timeoutMs: CHANGE_TIMEOUT_MS * context.cluster.patience, intervalMs: 20, signal: context.signal },
  ).catch((error: unknown) => {
    if (judged === undefined || context.signal.aborted) throw error
  })
  if (judged === undefined) throw new Error(`the rules of ${node.name} were never read`)
  return { node, judged, atMs: context.elapsedMs() }
}

/** The rules of the chain as text. */
export async function rulesNow(context: StepContext, node: Node, chain: string): Promise<string[]> {
  const ruleset = await readRuleset(node, { table: 'nat', signal: context.signal })
  return (findChain(ruleset, 'nat', chain)?.rules ?? []).map((rule) => rule.spec)
}
