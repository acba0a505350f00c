import { type Cluster, findChain, PacketproofError, readRuleset, type StepContext } from '../../src/index.ts'
import type { NetworkPolicyWorld } from './world.ts'

/** The first chain that Felix makes, whatever policies there are: FORWARD leads to it. */
const FELIX_CHAIN = 'cali-FORWARD'

/** Whether the rules of some node are Felix's already. */
async function hasFelixRules({ nodes }: Pick<Cluster, 'nodes'>, signal: AbortSignal): Promise<boolean> {
  const rulesets = await Promise.all(nodes.map((node) => readRuleset(node, { table: 'filter', signal })))
  return rulesets.some((ruleset) => findChain(ruleset, 'filter', FELIX_CHAIN) !== undefined)
}

/**
 * Finds out whose enforcement is looked at: this project's, or an agent's that was named, unless the cluster has Calico itself.
 * @throws PacketproofError E_CLUSTER when another was asked for than there is
 */
export async function choosePolicyEngine(context: StepContext, world: NetworkPolicyWorld): Promise<void> {
  const asked = context.settings.components.get('network-policy')
  const isPresent = await hasFelixRules(context.cluster, context.signal)
  const wantsPresent = asked === 'present' || asked === 'upstream'
  if (wantsPresent && !isPresent) {
    throw new PacketproofError(
      'E_CLUSTER',
      `no node of the cluster has the chain ${FELIX_CHAIN}, as Calico makes it in its iptables dataplane`,
      {
        hint: "leave out --component to have this project's agent deployed, or use the provider kind, whose cluster comes with Calico",
      },
    )
  }
  if (asked !== undefined && !wantsPresent && isPresent) {
    throw new PacketproofError(
      'E_CLUSTER',
      `the cluster has the chain ${FELIX_CHAIN} already: two agents would undo each other's rules`,
      { hint: 'prove the enforcement that it has: --component network-policy=present' },
    )
  }
  world.isOwn = !isPresent
  if (isPresent) context.foundVariant('network-policy', 'present')
  world.image = asked === 'builtin' || wantsPresent ? undefined : asked
  world.dialect = world.isOwn ? 'v2.5' : 'v3.32'
}
