import { hasCounted, hasCountedOnly, isEqual, observe, type StepDefinition } from '../../../src/index.ts'
import { describeExpected, describeRecord, recordOf } from '../proxy-log.ts'
import { once, rule } from '../rules.ts'
import { ipOf, isEchoed, peerIn, talk } from '../talk.ts'
import { APP_PORT, PEER_PORT, PROXY_ID, type SidecarWorld } from '../world.ts'

export const tproxy: StepDefinition<SidecarWorld> = {
  id: 'tproxy',
  title: 'the same under TPROXY: the source is kept',
  claims: ['S1.7', 'S1.9a', 'S1.17a'],
  needs: ['modes'],
  requires: ['external-hosts'],
  async run(context, world) {
    const { signal } = context
    const [plain, pod] = [world.pod('plain'), world.pod('reviews-tproxy')]
    const peer = context.cluster.machine('database')
    const inbound = await observe(
      context,
      {
        title: 'a client to the app under TPROXY',
        captures: [],
        rulesets: [{ host: pod, family: 4, table: 'mangle' }],
      },
      async () => await talk(plain, ipOf(pod), APP_PORT, { signal }),
    )
    const record = world.hasConnectionLog ? await recordOf(context, pod, inbound.result) : undefined
    const redirected = await talk(plain, ipOf(world.pod('reviews')), APP_PORT, { signal })
    await context.claim('S1.7', (claim) => {
      claim.observe('TPROXY took one connection', hasCounted(inbound.ruleset(pod), { chain: 'ISTIO_TPROXY' }, 1))
    })
    await context.claim('S1.17a', (claim) => {
      const destination = `${ipOf(pod)}:${APP_PORT}`
      if (world.hasConnectionLog)
        claim.observe(
          'it went through the proxy, and kept its destination',
          isEqual(describeRecord(record), describeExpected('inbound', destination, destination)),
        )
      claim.observe('whom the app sees', isEqual(peerIn(inbound.result.body), ipOf(plain)))
      claim.control('whom it sees under REDIRECT', isEqual(peerIn(redirected.body), '127.0.0.6'))
    })
    const outbound = await observe(
      context,
      {
        title: 'a proxy of user 0 and group 1337 to another machine',
        captures: [],
        rulesets: [{ host: pod, family: 4, table: 'nat' }],
      },
      async () => await talk(pod, ipOf(peer), PEER_PORT, { uid: 0, gid: PROXY_ID, signal }),
    )
    await context.claim('S1.9a', (claim) => {
      claim.observe(
        'user 0, group 1337: rules that counted',
        hasCountedOnly(outbound.ruleset(pod), 'nat', once(rule.output, rule.proxyGroup)),
      )
      claim.observe('user 0, group 1337: the machine echoed it', isEqual(isEchoed(outbound.result), true))
    })
  },
}
