import {
  isEqual,
  type Ruleset,
  readRuleset,
  runSidecarPods,
  type StepContext,
  type StepDefinition,
  selectRules,
} from '../../../src/index.ts'
import { appPod } from '../pods.ts'
import type { SidecarWorld } from '../world.ts'

export const modes: StepDefinition<SidecarWorld> = {
  id: 'modes',
  title: 'a pod under TPROXY beside the one under REDIRECT: what is listed in each',
  claims: ['S1.7', 'S1.9', 'S1.9a'],
  needs: ['mesh'],
  async run(context, world) {
    const { cluster, signal } = context
    const pods = [appPod(context, 'reviews-tproxy')]
    const [pod] = await runSidecarPods(cluster, pods, world.options, { signal })
    if (pod === undefined) throw new Error('the pod was not made')
    world.pods.set('reviews-tproxy', pod)
    const [redirect, tproxy] = await Promise.all([
      readRuleset(world.pod('reviews'), { signal }),
      readRuleset(pod, { signal }),
    ])
    await claimTables(context, redirect, tproxy)
    await claimOwners(context, redirect, tproxy)
  },
}

async function claimTables(context: StepContext, redirect: Ruleset, tproxy: Ruleset): Promise<void> {
  const targets = (ruleset: Ruleset, target: string): string[] =>
    selectRules(ruleset, { target }).map(({ table, chain }) => `${table} ${chain}`)
  await context.claim('S1.7', (claim) => {
    const inNat = ['nat ISTIO_IN_REDIRECT', 'nat ISTIO_REDIRECT']
    claim.observe('REDIRECT: what redirects', isEqual(targets(redirect, 'REDIRECT').sort(), inNat))
    claim.observe('REDIRECT: rules with TPROXY', isEqual(targets(redirect, 'TPROXY'), []))
    claim.observe('REDIRECT: jumps to ISTIO_INBOUND', isEqual(targets(redirect, 'ISTIO_INBOUND'), ['nat PREROUTING']))
    claim.observe('TPROXY: rules with TPROXY', isEqual(targets(tproxy, 'TPROXY'), ['mangle ISTIO_TPROXY']))
    claim.observe('TPROXY: jumps to ISTIO_INBOUND', isEqual(targets(tproxy, 'ISTIO_INBOUND'), ['mangle PREROUTING']))
  })
}

async function claimOwners(context: StepContext, redirect: Ruleset, tproxy: Ruleset): Promise<void> {
  const flags = ['--uid-owner', '--gid-owner'] as const
  const count = (ruleset: Ruleset, flag: string): number =>
    selectRules(ruleset, { table: 'nat', chain: 'ISTIO_OUTPUT', match: 'owner', specIncludes: flag }).length
  const kinds = (ruleset: Ruleset): string[] => flags.filter((flag) => count(ruleset, flag) > 0)
  await context.claim('S1.9', (claim) => {
    claim.observe('REDIRECT: kinds of owner rules', isEqual(kinds(redirect), ['--uid-owner']))
    claim.observe('TPROXY: kinds of owner rules', isEqual(kinds(tproxy), ['--gid-owner']))
  })
  await context.claim('S1.9a', (claim) => {
    for (const flag of flags) {
      claim.observe(`REDIRECT: rules with ${flag}`, isEqual(count(redirect, flag), 3))
      claim.observe(`TPROXY: rules with ${flag}`, isEqual(count(tproxy, flag), 3))
    }
  })
}
