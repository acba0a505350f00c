import { ensureSuccess, type StepDefinition, waitFor } from '../../../src/index.ts'
import { chainOf, deployAgent, workersOf } from '../agent.ts'
import type { MasqueradeWorld } from '../world.ts'
import { rulesNow } from './reload.ts'

const DEFAULT_MS = 60_000
/** A cycle takes a moment, and so does seeing it. */
const TOLERANCE_MS = 3000

export const defaultInterval: StepDefinition<MasqueradeWorld> = {
  id: 'default-interval',
  deploys: 'masquerade',
  title: 'see two cycles at the default interval',
  claims: ['S0.7a'],
  skip: ({ settings }) => (settings.slow ? undefined : 'it takes over two minutes: ask for it with --slow'),
  async run(context, world) {
    await deployAgent(context, world, {}, { restart: true })
    const chain = chainOf(world)
    const [node] = workersOf(context)
    if (node === undefined) throw new Error('there is no worker')
    const healedAtMs: number[] = []
    for (let cycle = 0; cycle < 2; cycle++) {
      const before = await rulesNow(context, node, chain)
      await ensureSuccess(node, [
        'iptables',
        '-w',
        '5',
        '-t',
        'nat',
        '-I',
        chain,
        '1',
        '-d',
        '198.51.100.0/24',
        '-j',
        'ACCEPT',
      ])
      await waitFor(
        `a cycle on ${node.name}`,
        async () => (await rulesNow(context, node, chain)).join() === before.join(),
        { timeoutMs: DEFAULT_MS + 10_000, intervalMs: 50, signal: context.signal },
      )
      healedAtMs.push(context.elapsedMs())
    }
    const [first = 0, second = 0] = healedAtMs
    await context.claim('S0.7a', (claim) => {
      claim.observe('from one cycle to the next', {
        pass: Math.abs(second - first - DEFAULT_MS) <= TOLERANCE_MS,
        expected: `${DEFAULT_MS} ms, give or take ${TOLERANCE_MS}`,
        observed: `${second - first} ms`,
      })
    })
  },
}
