import { hasCountedOnly, isEqual, observe, ownedBy, type StepDefinition, sidecarOwnership } from '../../../src/index.ts'
import { recordOf } from '../proxy-log.ts'
import { once, rule } from '../rules.ts'
import { ipOf, peerIn, talk } from '../talk.ts'
import { APP_PORT, type SidecarWorld } from '../world.ts'

export const ipv6: StepDefinition<SidecarWorld> = {
  id: 'ipv6',
  title: 'a client to the app, and the app to another pod, over IPv6',
  claims: ['S1.34', 'S1.34a'],
  requires: ['ipv6'],
  async run(context, world) {
    const { signal } = context
    const [plain, pod, ratings] = [world.pod('plain'), world.pod('reviews'), world.pod('ratings')]
    const rulesets = [{ host: pod, family: 6 as const, table: 'nat' }]
    const inbound = await observe(context, { title: 'a client to the app, IPv6', captures: [], rulesets }, async () =>
      talk(plain, ipOf(pod, 6), APP_PORT, { signal }),
    )
    const { hasConnectionLog } = world
    const inRecord = hasConnectionLog ? await recordOf(context, pod, inbound.result) : undefined
    const outbound = await observe(context, { title: 'the app to ratings, IPv6', captures: [], rulesets }, async () =>
      talk(pod, ipOf(ratings, 6), APP_PORT, { signal }),
    )
    const outRecord = hasConnectionLog ? await recordOf(context, pod, outbound.result) : undefined
    const open = world.pod('productpage')
    const uncaptured = await observe(
      context,
      {
        title: 'a client to an app whose sidecar was not told of both families, IPv6',
        captures: [],
        rulesets: [{ host: open, family: 6, table: 'nat' }],
      },
      async () => talk(plain, ipOf(open, 6), APP_PORT, { signal }),
    )
    const captured = await talk(plain, ipOf(open), APP_PORT, { signal })
    await context.claim('S1.34a', (claim) => {
      claim.control('IPv4: whom the app sees', isEqual(peerIn(captured.body), '127.0.0.6'))
      claim.observe('IPv6: whom the app sees', isEqual(peerIn(uncaptured.result.body), ipOf(plain, 6)))
      claim.observe(
        'IPv6: rules of the sidecar',
        isEqual(ownedBy(uncaptured.ruleset(open, 6).after, sidecarOwnership()).rules.length, 0),
      )
    })
    await context.claim('S1.34', (claim) => {
      const passed = [
        rule.prerouting,
        rule.inbound,
        rule.to15006,
        rule.output,
        '-A ISTIO_OUTPUT -s ::6/128 -o lo -j RETURN',
      ]
      claim.observe('in: rules that counted', hasCountedOnly(inbound.ruleset(pod, 6), 'nat', once(...passed)))
      claim.observe('in: whom the app sees', isEqual(peerIn(inbound.result.body), '::6'))
      if (hasConnectionLog)
        claim.observe(
          'in: where the proxy knows it was bound',
          isEqual(inRecord?.original, `[${ipOf(pod, 6)}]:${APP_PORT}`),
        )
      const left = [{ rule: rule.output, packets: 2 }, ...once(rule.redirect, rule.to15001, rule.proxyUser)]
      claim.observe('out: rules that counted', hasCountedOnly(outbound.ruleset(pod, 6), 'nat', left))
      claim.observe('out: whom ratings sees, behind its own sidecar', isEqual(peerIn(outbound.result.body), '::6'))
      if (hasConnectionLog)
        claim.observe(
          'out: where the proxy knows it was bound',
          isEqual(outRecord?.original, `[${ipOf(ratings, 6)}]:${APP_PORT}`),
        )
    })
  },
}
