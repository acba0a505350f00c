import { isEqual, type Ruleset, readRuleset, type StepContext, type StepDefinition } from '../../../src/index.ts'
import { chainOf, chainsNamed, interfaceOf, policyChains, rulesTo } from '../chains.ts'
import { settle } from '../enforcement.ts'
import { SIBLING, WEB } from '../pods.ts'
import { WEB_DENY_ALL } from '../policies.ts'
import type { NetworkPolicyWorld } from '../world.ts'

export const denyAll: StepDefinition<NetworkPolicyWorld> = {
  id: 'deny-all',
  title: 'apply web-deny-all, and look at what it becomes on the nodes',
  claims: ['S3.3', 'S3.3a', 'S3.11'],
  async run(context, world) {
    await context.cluster.apply([WEB_DENY_ALL])
    await settle(context, world)
    const rulesets = await readFilters(context)
    const at = (pod: string): Ruleset => {
      const found = rulesets.get(world.pod(pod).node.name)
      if (found === undefined) throw new Error(`the rules of ${pod}'s node were not read`)
      return found
    }
    const [policyChain = 'none'] = policyChains(at(WEB), chainOf(WEB, 'tw'))
    world.denyChain = policyChain
    const having = [...rulesets].flatMap(([node, ruleset]) =>
      chainsNamed(ruleset, policyChain).length > 0 ? [node] : [],
    )
    const expected = [WEB, SIBLING].map((pod) => world.pod(pod).node.name)
    await context.claim('S3.3', async (claim) => {
      claim.control('the policy is on the nodes', isEqual(having.sort(), expected.sort()))
      const { items } = await context.cluster.api.core.listPodForAllNamespaces()
      const names = items.map(({ metadata }) => metadata?.name ?? '')
      const between = ['policy-controller', 'calico-etcd'].filter((part) => names.some((name) => name.includes(part)))
      claim.observe('what stands between the API and the nodes', isEqual(between, ['policy-controller', 'calico-etcd']))
    })
    await context.claim('S3.3a', (claim) => {
      claim.observe(`nodes that have ${policyChain}`, isEqual(having.sort(), expected.sort()))
    })
    await context.claim('S3.11', (claim) => {
      for (const pod of [WEB, SIBLING]) {
        claim.observe(
          `what leads to ${chainOf(pod, 'tw')}`,
          isEqual(waysTo(at(pod), chainOf(pod, 'tw')), `-o ${interfaceOf(pod)}`),
        )
        claim.observe(
          `what leads to ${chainOf(pod, 'fw')}`,
          isEqual(waysTo(at(pod), chainOf(pod, 'fw')), `-i ${interfaceOf(pod)}`),
        )
      }
      claim.observe(
        'what leads to policies’ inbound chains',
        isEqual(referrers(at(WEB), 'cali-pi-', ['cali-gi-']), ['cali-tw-']),
      )
      claim.observe(
        'what leads to profiles’ inbound chains',
        isEqual(referrers(at(WEB), 'cali-pri-', []), ['cali-tw-']),
      )
      claim.observe(
        'what leads to profiles’ outbound chains',
        isEqual(referrers(at(WEB), 'cali-pro-', []), ['cali-fw-']),
      )
    })
  },
}

/** The filter table of every node, by name. */
export async function readFilters({ cluster, signal }: StepContext): Promise<ReadonlyMap<string, Ruleset>> {
  const rulesets = await Promise.all(
    cluster.nodes.map(async (node) => [node.name, await readRuleset(node, { table: 'filter', signal })] as const),
  )
  return new Map(rulesets)
}

/** The matches of the one rule that leads to a chain. */
function waysTo(ruleset: Ruleset, chain: string): string {
  const rules = rulesTo(ruleset, chain)
  return rules
    .map(({ inInterface, outInterface }) =>
      [inInterface && `-i ${inInterface.value}`, outInterface && `-o ${outInterface.value}`].filter(Boolean).join(' '),
    )
    .join(', ')
}

/** The kinds of chain from which chains of a kind are reached, but for those that only gather them. */
function referrers(ruleset: Ruleset, prefix: string, gathering: readonly string[]): readonly string[] {
  const froms = chainsNamed(ruleset, prefix).flatMap((chain) => rulesTo(ruleset, chain).map((rule) => rule.chain))
  const kinds = froms.map((chain) => /^cali-[a-z]+-/.exec(chain)?.[0] ?? chain)
  return [...new Set(kinds)].filter((kind) => !gathering.includes(kind))
}
