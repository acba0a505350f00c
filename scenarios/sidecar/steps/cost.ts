import { drawingEvidence, isEqual, measureInterception, type StepDefinition } from '../../../src/index.ts'
import { drawLatencies } from '../draw-latencies.ts'
import type { SidecarWorld } from '../world.ts'

/** Enough for a distribution, and little enough for a run. Nothing is asserted of a time. */
const options = { requests: 150, bytes: 32_000_000 } as const

export const cost: StepDefinition<SidecarWorld> = {
  id: 'cost',
  title: 'what interception costs, each way beside the other',
  claims: ['S1.31'],
  needs: ['modes'],
  requires: ['host-images'],
  async run(context, world) {
    const plain = world.pod('plain')
    const other = world.pod('reviews').node.name
    const server = await context.cluster.runPod({ name: 'plain-server', node: other })
    const rows = await measureInterception(
      {
        client: plain,
        server,
        sidecarClient: world.pod('productpage'),
        sidecarServer: world.pod('reviews'),
        tproxyServer: world.pod('reviews-tproxy'),
      },
      { ...options, signal: context.signal },
    )
    const picture = drawingEvidence(context.evidence, drawLatencies(rows))
    const measured = rows.filter((row) => row.cost !== undefined)
    await context.claim('S1.31', (claim) => {
      claim.uses(picture)
      claim.observe('ways that were measured', isEqual(measured.length, 6))
    })
  },
}
