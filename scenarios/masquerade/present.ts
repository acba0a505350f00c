import { findChain, PacketproofError, readRuleset, type StepContext } from '../../src/index.ts'
import { workersOf } from './agent.ts'
import type { MasqueradeWorld } from './world.ts'

/** The name in the repository of the agent, and the one that GKE uses. */
const CHAINS = ['IP-MASQ-AGENT', 'IP-MASQ']

/**
 * Finds the ip-masq-agent that the cluster has: by its chain on every worker, whatever its manifest is called.
 * @throws PacketproofError E_CLUSTER when a worker has none
 */
export async function findPresentAgent(context: StepContext, world: MasqueradeWorld): Promise<void> {
  const workers = workersOf(context)
  const rulesets = await Promise.all(workers.map((node) => readRuleset(node, { table: 'nat', signal: context.signal })))
  const counts = CHAINS.map((chain) => ({
    chain,
    without: workers.filter((_, at) => {
      const ruleset = rulesets[at]
      return ruleset === undefined || findChain(ruleset, 'nat', chain) === undefined
    }),
  })).sort((a, b) => a.without.length - b.without.length)
  const [best] = counts
  if (best === undefined || best.without.length > 0) {
    const names = (best?.without ?? workers).map(({ name }) => name).join(', ')
    throw new PacketproofError(
      'E_CLUSTER',
      `the cluster has no ip-masq-agent on ${names}: no chain ${CHAINS.join(' or ')} there`,
      {
        hint: 'leave out --component masquerade=present to have one deployed',
      },
    )
  }
  world.deployed = best.chain === CHAINS[0] ? {} : { args: [`--masq-chain=${best.chain}`] }
  world.ownConfiguration = await ownConfiguration(context)
}

/** Why what is said of the defaults does not hold for it. */
async function ownConfiguration({ cluster }: StepContext): Promise<string | undefined> {
  const { items } = await cluster.api.core.listNamespacedConfigMap({ namespace: 'kube-system' })
  const isConfigured = items.some(
    ({ metadata, data }) => metadata?.name === 'ip-masq-agent' && Object.keys(data ?? {}).length > 0,
  )
  return isConfigured ? 'the agent of the cluster has a ConfigMap, so that its defaults cannot be seen' : undefined
}

/** Skips what is said of the agent's defaults where it is configured. @returns whether it did */
export async function skipsDefaults(
  context: StepContext,
  world: MasqueradeWorld,
  claims: readonly string[],
): Promise<boolean> {
  const { ownConfiguration: reason } = world
  if (reason === undefined) return false
  for (const id of claims) await context.claim(id, (claim) => claim.skip(reason))
  return true
}
