import {
  agentCommand,
  isEqual,
  ownedBy,
  type Pod,
  readRuleset,
  type StepContext,
  type StepDefinition,
  sidecarOwnership,
} from '../../../src/index.ts'
import { proxyRecords } from '../proxy-log.ts'
import { ipOf, peerIn, talk } from '../talk.ts'
import { APP_PORT, type SidecarWorld } from '../world.ts'

export const removal: StepDefinition<SidecarWorld> = {
  id: 'removal',
  title: 'take the rules out of a pod of each mode',
  claims: ['S1.6', 'S1.36'],
  needs: ['modes'],
  requires: ['host-images'],
  async run(context, world) {
    if (world.hasConnectionLog) await claimNoLoop(context, world)
    for (const [name, mode] of [
      ['reviews', 'REDIRECT'],
      ['reviews-tproxy', 'TPROXY'],
    ] as const) {
      const pod = world.pod(name)
      const before = await remains(context, pod)
      await pod.exec(
        [...agentCommand('sidecar-init'), '-m', mode, '-b', '*', '-i', '*', '--dual-stack', '--cleanup-only'],
        {
          signal: context.signal,
        },
      )
      const after = await remains(context, pod)
      const direct = await talk(world.pod('plain'), ipOf(pod), APP_PORT, { signal: context.signal })
      await context.claim('S1.36', (claim) => {
        claim.control(`${mode}: chains and jumps before`, isEqual(before.length > 0, true))
        claim.observe(`${mode}: what is left`, isEqual(after, []))
        claim.observe(`${mode}: whom the app sees then`, isEqual(peerIn(direct.body), ipOf(world.pod('plain'))))
      })
    }
  },
}

/** Of all that the proxies were led to in this run, nothing was their own. */
async function claimNoLoop(context: StepContext, world: SidecarWorld): Promise<void> {
  const logs = await Promise.all(
    (['productpage', 'reviews', 'ratings'] as const).map(async (name) => await proxyRecords(context, world.pod(name))),
  )
  const loops = logs.flat().filter(({ error }) => error?.startsWith('loop'))
  await context.claim('S1.6', (claim) => {
    claim.control('connections in the logs of the proxies', isEqual(logs.flat().length > 0, true))
    claim.observe(
      'loops among them',
      isEqual(
        loops.map(({ original }) => original),
        [],
      ),
    )
  })
}

async function remains({ signal }: StepContext, pod: Pod): Promise<string[]> {
  const found = await Promise.all(
    ([4, 6] as const).map(async (family) => {
      const { chains, jumps } = ownedBy(await readRuleset(pod, { family, signal }), sidecarOwnership())
      const rules = (await pod.exec(['ip', `-${family}`, 'rule'], { signal })).stdout.match(/.*fwmark.*/g) ?? []
      return [...chains.map(({ name }) => name), ...jumps.map(({ spec }) => spec), ...rules]
    }),
  )
  return found.flat()
}
