import {
  containsBytes,
  containsNoBytes,
  ensureSuccess,
  hasOutcome,
  nonceBytes,
  ping,
  type StepDefinition,
  tcp,
} from '../../../src/index.ts'
import { OWN_ENCRYPTION } from '../present.ts'
import { needlesOf, watch, wireOf } from '../wire.ts'
import { actorsOf, addressOf, type EncryptionWorld, HTTP_PORT, TUNNEL } from '../world.ts'

/** In the service range, and no Service's. */
const SERVICE = { address: '10.96.0.77', port: 80 } as const

/** A Service as kube-proxy's rules have it: the destination is translated on the client's node, before routing. */
export const service: StepDefinition<EncryptionWorld> = {
  id: 'service',
  title: 'reach the pod on the other node by way of a Service',
  claims: ['S2.2f'],
  requires: ['no-foreign-rules'],
  async run(context, world) {
    if (!world.isBuiltin) return await context.claim('S2.2f', (claim) => claim.skip(OWN_ENCRYPTION))
    const actors = actorsOf(context, world)
    const { left, right, client, server } = actors
    const { signal } = context
    const target = `${addressOf(server)}:${HTTP_PORT}`
    const rule = [
      'PREROUTING',
      '-d',
      SERVICE.address,
      '-p',
      'tcp',
      '--dport',
      String(SERVICE.port),
      '-j',
      'DNAT',
      '--to-destination',
      target,
    ]
    await ensureSuccess(left, ['iptables', '-w', '5', '-t', 'nat', '-A', ...rule])
    const seen = await watch(context, actors, 'a Service whose endpoint is on the other node', async () => ({
      plain: await ping(client, addressOf(right), { count: 1, signal }),
      service: await tcp(client, SERVICE.address, SERVICE.port, { signal }),
    }))
    await ensureSuccess(left, ['iptables', '-w', '5', '-t', 'nat', '-D', ...rule])
    const wire = wireOf(actors, seen)
    const { plain, service: probe } = seen.result
    await context.claim('S2.2f', (claim) => {
      claim.control(
        'the capture shows what is not encrypted',
        containsBytes(wire, { name: 'the nonce of the ping to the node', bytes: nonceBytes(plain) }),
      )
      claim.observe('the Service answers', hasOutcome(probe, 'ok'))
      claim.observe(
        'the request goes into the tunnel',
        containsBytes(seen.capture(left, TUNNEL), { name: 'its nonce', bytes: nonceBytes(probe) }),
      )
      claim.observe('nothing of it is on the wire', containsNoBytes(wire, needlesOf([server], [probe])))
    })
  },
}
