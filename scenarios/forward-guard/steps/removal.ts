import {
  isEqual,
  readRuleset,
  removeForwardGuard,
  type StepContext,
  type StepDefinition,
  selectRules,
} from '../../../src/index.ts'
import { attack, observeReached } from '../attack.ts'
import type { ForwardGuardWorld } from '../world.ts'

export const removal: StepDefinition<ForwardGuardWorld> = {
  id: 'removal',
  title: 'remove the guard',
  claims: ['S4.22'],
  async run(context, world) {
    const { cluster, signal } = context
    const before = await remains(context)
    await removeForwardGuard(cluster, { ipv6: true }, { signal })
    const after = await remains(context)
    const seen = await attack(context, world, 'the guard is removed')
    await context.claim('S4.22', (claim) => {
      claim.control('nodes with something of it before', isEqual(before.length, cluster.nodes.length))
      claim.observe('what is left', isEqual(after, []))
      observeReached(claim, seen)
    })
  },
}

/** Sets, and rules that match a set, by node. */
async function remains(context: StepContext): Promise<string[]> {
  const found = await Promise.all(
    context.cluster.nodes.map(async (node) => {
      const sets = (await node.exec(['ipset', 'list', '-n'])).stdout.split('\n').filter(Boolean)
      const rules = await Promise.all(
        ([4, 6] as const).map(async (family) =>
          selectRules(await readRuleset(node, { family, table: 'filter', signal: context.signal }), { match: 'set' }),
        ),
      )
      const left = [...sets, ...rules.flat().map((rule) => rule.spec)]
      return left.length === 0 ? [] : [`${node.name}: ${left.join('; ')}`]
    }),
  )
  return found.flat()
}
