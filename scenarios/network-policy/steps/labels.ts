import { cellsAre, cellsAreAsDemanded, type StepContext, type StepDefinition } from '../../../src/index.ts'
import { settle } from '../enforcement.ts'
import { observeMatrix } from '../matrix.ts'
import { BACKEND, FRONTEND, STRANGER, VISITOR } from '../pods.ts'
import type { NetworkPolicyWorld } from '../world.ts'

/** The stranger becomes a frontend, and the visitor's namespace one of bob's, and both go back. */
export const labels: StepDefinition<NetworkPolicyWorld> = {
  id: 'labels',
  title: 'change labels of a pod and of a namespace',
  claims: ['S3.2b'],
  needs: ['templates'],
  async run(context, world) {
    await setRole(context, 'frontend')
    await setUser(context, 'bob')
    await settle(context, world)
    const changed = await observeMatrix(context, world, 'after labels of a pod and of a namespace have changed')
    await setRole(context, null)
    await setUser(context, 'alice')
    await settle(context, world)
    const back = await observeMatrix(context, world, 'after the labels have been set back')
    const backendPort = { from: STRANGER, to: BACKEND, port: 'tcp/6379' }
    const frontendPort = { from: VISITOR, to: FRONTEND, port: 'tcp/443' }
    await context.claim('S3.2b', (claim) => {
      claim.observe('as a frontend it reaches the backend', cellsAre(changed, backendPort, 'allowed'))
      claim.observe('of a namespace of bob’s it reaches the frontend', cellsAre(changed, frontendPort, 'allowed'))
      claim.observe(
        'as a frontend it is kept from others itself',
        cellsAre(changed, { to: STRANGER, port: 'udp/80' }, 'blocked'),
      )
      claim.observe('every pair with the new labels', cellsAreAsDemanded(changed))
      claim.observe('the pod without the label', cellsAre(back, backendPort, 'blocked'))
      claim.observe('the namespace without it', cellsAre(back, frontendPort, 'blocked'))
      claim.observe('every pair with the old labels', cellsAreAsDemanded(back))
    })
  },
}

async function setRole({ cluster }: StepContext, role: string | null): Promise<void> {
  const change = role === null ? { op: 'remove' } : { op: 'add', value: role }
  const body = [{ ...change, path: '/metadata/labels/role' }]
  await cluster.api.core.patchNamespacedPod({ name: 'stranger', namespace: 'myns', body })
}

async function setUser({ cluster }: StepContext, user: string): Promise<void> {
  const body = [{ op: 'replace', path: '/metadata/labels/user', value: user }]
  await cluster.api.core.patchNamespace({ name: 'elsewhere', body })
}
