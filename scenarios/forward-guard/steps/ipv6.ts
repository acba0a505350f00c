import { deployForwardGuard, hasOutcome, ping, type StepDefinition } from '../../../src/index.ts'
import { addressOf, attack, observeReached, observeRejected } from '../attack.ts'
import type { ForwardGuardWorld } from '../world.ts'

export const ipv6Deploy: StepDefinition<ForwardGuardWorld> = {
  id: 'ipv6-deploy',
  title: 'attack over IPv6 under a guard for IPv4, and deploy one for both',
  claims: ['S4.21'],
  async run(context, world) {
    const open = await attack(context, world, 'IPv6 under a guard for IPv4', 6)
    await deployForwardGuard(context.cluster, { ipv6: true }, { signal: context.signal })
    await context.claim('S4.21', (claim) => observeReached(claim, open, 6))
  },
}

export const ipv6: StepDefinition<ForwardGuardWorld> = {
  id: 'ipv6',
  title: 'attack over IPv6 under a guard for both',
  claims: ['S4.21'],
  needs: ['ipv6-deploy'],
  async run(context, world) {
    const guarded = await attack(context, world, 'IPv6 under a guard for both', 6)
    const [from, to] = world.pods
    if (from === undefined || to === undefined) throw new Error('the scenario needs two pods')
    const inside = await ping(from, addressOf(to, 6), { count: 1, timeoutMs: 500, signal: context.signal })
    await context.claim('S4.21', (claim) => {
      observeRejected(claim, guarded, 6)
      claim.observe('a pod to a pod on another node', hasOutcome(inside, 'ok'))
    })
  },
}
