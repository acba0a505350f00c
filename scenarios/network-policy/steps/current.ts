import { cellsAreAsDemanded, isEqual, networkPolicy, readRuleset, type StepDefinition } from '../../../src/index.ts'
import { chainOf, hashesOf, rulesOfChain } from '../chains.ts'
import { CURRENT_HASHES } from '../documents.ts'
import { optionsOf } from '../enforcement.ts'
import { observeMatrix } from '../matrix.ts'
import { WEB } from '../pods.ts'
import type { NetworkPolicyWorld } from '../world.ts'

/** The same policies in the words of Calico v3.32. */
export const current: StepDefinition<NetworkPolicyWorld> = {
  id: 'current',
  title: 'the rules of a current Calico for the same policies',
  claims: ['S3.18a'],
  needs: ['deny-all'],
  async run(context, world) {
    const { cluster, signal } = context
    world.dialect = 'v3.32'
    if (world.isOwn) await networkPolicy.deploy(cluster, optionsOf(world), { signal })
    const { node } = world.pod(WEB)
    const ruleset = await readRuleset(node, { table: 'filter', signal })
    const rules = rulesOfChain(ruleset, chainOf(WEB, 'tw'))
    const matrix = await observeMatrix(context, world, 'every pod to every pod, with the rules of Calico v3.32')
    await context.claim('S3.18a', (claim) => {
      claim.observe('the hashes', isEqual(hashesOf(rules), CURRENT_HASHES))
      claim.observe(
        'what clears both bits at once',
        isEqual(/--set-xmark 0x0\/0x30000/.test(rules[2]?.spec ?? ''), true),
      )
      claim.observe('what the tier is called', isEqual(rules[3]?.comments.at(-1), 'Start of tier default'))
      claim.observe(
        'chains of profiles',
        isEqual(rules.flatMap(({ target = '' }) => (target.startsWith('cali-pri-') ? [target] : [])).length, 2),
      )
      claim.observe('every pair as the policies say', cellsAreAsDemanded(matrix))
    })
  },
}
