import {
  cellsAre,
  hasOutcome,
  networkPolicy,
  ping,
  type StepDefinition,
  serviceProxy,
  urlOf,
  wget,
} from '../../../src/index.ts'
import { optionsOf } from '../enforcement.ts'
import { observeMatrix } from '../matrix.ts'
import { SHELL, TESTER, WEB } from '../pods.ts'
import type { NetworkPolicyWorld } from '../world.ts'

export const deploy: StepDefinition<NetworkPolicyWorld> = {
  id: 'deploy',
  title: 'let the nodes enforce policies and translate Services',
  essential: true,
  async run(context, world) {
    const { cluster, signal } = context
    if (context.lacks('service-proxy') !== undefined) await serviceProxy.deploy(cluster, {}, { signal })
    if (world.isOwn) await networkPolicy.deploy(cluster, optionsOf(world), { signal })
  },
}

export const open: StepDefinition<NetworkPolicyWorld> = {
  id: 'open',
  title: 'probe every pod from every pod while there is no policy',
  claims: ['S3.1'],
  async run(context, world) {
    const matrix = await observeMatrix(context, world, 'every pod to every pod, without policies')
    world.open = matrix
    if (context.lacks('ipv6') === undefined) {
      world.open6 = await observeMatrix(context, world, 'every pod to every pod over IPv6, without policies', 6)
    }
    const { signal } = context
    const web = world.pod(WEB)
    const [pinged, fetched] = await Promise.all([
      ping(world.pod(TESTER), web.addresses[0] ?? '', { count: 1, signal }),
      wget(world.pod(SHELL), urlOf(world.serviceAddress, 80), { signal }),
    ])
    world.pingedBefore = pinged.outcome
    world.fetchedBefore = fetched.outcome
    await context.claim('S3.1', (claim) => {
      claim.observe('every pair on every port', cellsAre(matrix, {}, 'allowed'))
      if (world.open6 !== undefined) claim.observe('the same over IPv6', cellsAre(world.open6, {}, 'allowed'))
      claim.observe(`a ping from ${TESTER} to ${WEB}`, hasOutcome(pinged, 'ok'))
      claim.observe(`wget from ${SHELL} by way of the Service web`, hasOutcome(fetched, 'ok'))
    })
  },
}
