import {
  type ClaimRecorder,
  cellsAre,
  cellsAreAsDemanded,
  type MatrixWindow,
  type StepContext,
  type StepDefinition,
} from '../../../src/index.ts'
import { observeMatrix } from '../matrix.ts'
import { BACKEND, BOBS_FRONTEND, FRONTEND, POD_PLANS, STRANGER, VISITOR } from '../pods.ts'
import type { NetworkPolicyWorld } from '../world.ts'

export const templatesProbed: StepDefinition<NetworkPolicyWorld> = {
  id: 'templates-probed',
  title: 'probe every pod from every pod under the two templates',
  claims: ['S3.2', 'S3.2c', 'S3.4', 'S3.4a', 'S3.5'],
  needs: ['open', 'templates'],
  async run(context, world) {
    const matrix = await observeMatrix(context, world, "every pod to every pod, with the document's two templates")
    const control = (claim: ClaimRecorder, to: string): void => wasOpen(claim, world.open, to)
    await context.claim('S3.2', (claim) => {
      control(claim, BACKEND)
      claim.observe('every pair as the labels say', cellsAreAsDemanded(matrix))
    })
    await claimIPv6(context, world)
    await context.claim('S3.4', (claim) => {
      control(claim, BACKEND)
      const allowed = { from: FRONTEND, to: BACKEND, port: 'tcp/6379' }
      claim.observe('frontend to port 6379', cellsAre(matrix, allowed, 'allowed'))
      for (const port of ['tcp/80', 'tcp/443', 'udp/80']) {
        claim.observe(`frontend to ${port}`, cellsAre(matrix, { ...allowed, port }, 'blocked'))
      }
      for (const from of allBut(FRONTEND, BACKEND)) {
        claim.observe(`${from} to any port`, cellsAre(matrix, { from, to: BACKEND }, 'blocked'))
      }
      claim.observe('the backend to one without a policy', cellsAre(matrix, { from: BACKEND, to: STRANGER }, 'allowed'))
    })
    await context.claim('S3.4a', (claim) => {
      control(claim, BACKEND)
      const port = { to: BACKEND, port: 'tcp/6379' }
      claim.observe('role=frontend of this namespace', cellsAre(matrix, { ...port, from: FRONTEND }, 'allowed'))
      claim.observe('role=frontend of another one', cellsAre(matrix, { ...port, from: BOBS_FRONTEND }, 'blocked'))
    })
    await context.claim('S3.5', (claim) => {
      control(claim, FRONTEND)
      const allowed = { from: BOBS_FRONTEND, to: FRONTEND, port: 'tcp/443' }
      claim.observe('of a namespace with user=bob', cellsAre(matrix, allowed, 'allowed'))
      claim.observe('the same on another port', cellsAre(matrix, { ...allowed, port: 'tcp/80' }, 'blocked'))
      claim.observe('of a namespace with user=alice', cellsAre(matrix, { from: VISITOR, to: FRONTEND }, 'blocked'))
      for (const from of allBut(BOBS_FRONTEND, FRONTEND, VISITOR)) {
        claim.observe(`${from} to any port`, cellsAre(matrix, { from, to: FRONTEND }, 'blocked'))
      }
    })
  },
}

/** Peers are pods here, not addresses: what the policies say holds for both families. */
async function claimIPv6(context: StepContext, world: NetworkPolicyWorld): Promise<void> {
  const lack = context.lacks('ipv6')
  if (lack !== undefined) return await context.claim('S3.2c', (claim) => claim.skip(lack))
  const title = "every pod to every pod over IPv6, with the document's two templates"
  const matrix = await observeMatrix(context, world, title, 6)
  await context.claim('S3.2c', (claim) => {
    for (const to of [BACKEND, FRONTEND]) wasOpen(claim, world.open6, to)
    claim.observe('every pair as the labels say', cellsAreAsDemanded(matrix))
  })
}

/** The control of whatever is blocked: the same probes got through before there was a policy. */
export function wasOpen(claim: ClaimRecorder, open: MatrixWindow | undefined, to: string): void {
  if (open === undefined) claim.distrust('it is not known what was open before the policies')
  else claim.control(`everybody reached ${to} before the policies`, cellsAre(open, { to }, 'allowed'))
}

function allBut(...names: readonly string[]): readonly string[] {
  return POD_PLANS.map(({ key }) => key).filter((key) => !names.includes(key))
}
