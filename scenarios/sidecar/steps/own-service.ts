import {
  hasCountedOnly,
  isEqual,
  observe,
  type StepContext,
  type StepDefinition,
  type V1Service,
  waitFor,
} from '../../../src/index.ts'
import { isStaticEnvoy, proxyRecords } from '../proxy-log.ts'
import { once, rule } from '../rules.ts'
import { ipOf, peerIn, talk } from '../talk.ts'
import { APP_PORT, MESH, type SidecarWorld } from '../world.ts'

const service: V1Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'reviews', namespace: MESH },
  spec: { selector: { app: 'reviews' }, ports: [{ name: 'http', port: APP_PORT, targetPort: APP_PORT }] },
}

const KNOWS_NO_ENDPOINTS =
  'an Envoy without istiod leaves Services to kube-proxy: the call leaves the pod and comes back (--component sidecar=upstream has it)'

export const ownService: StepDefinition<SidecarWorld> = {
  id: 'own-service',
  title: 'the app calls its own Service',
  claims: ['S1.24a'],
  async run(context, world) {
    const pod = world.pod('reviews')
    if (await isStaticEnvoy(context, pod)) {
      return await context.claim('S1.24a', (claim) => claim.skip(KNOWS_NO_ENDPOINTS))
    }
    const address = await createService(context)
    // The proxy has to hear of it.
    await waitFor(
      'the proxy to know the Service',
      async () => (await talk(pod, address, APP_PORT, { signal: context.signal })).body !== '',
      { timeoutMs: 5000, signal: context.signal },
    ).catch(() => context.signal.throwIfAborted())
    const before = await proxyRecords(context, pod)
    const seen = await observe(
      context,
      { title: 'the app calls its own Service', captures: [], rulesets: [{ host: pod, family: 4, table: 'nat' }] },
      async () => await talk(pod, address, APP_PORT, { signal: context.signal }),
    )
    const look = async () => (await proxyRecords(context, pod)).slice(before.length)
    const isTold = async (): Promise<boolean> => !world.hasConnectionLog || (await look()).length >= 2
    await waitFor('two lines in the log', isTold, {
      timeoutMs: 1000,
      signal: context.signal,
    }).catch(() => context.signal.throwIfAborted())
    const passed = (await look()).map(
      ({ direction, local, original, target }) => `${direction} ${local} ${original} > ${target}`,
    )
    const own = `${ipOf(pod)}:${APP_PORT}`
    await context.claim('S1.24a', (claim) => {
      claim.observe('whom the app sees', isEqual(peerIn(seen.result.body), '127.0.0.6'))
      if (world.hasConnectionLog)
        claim.observe(
          "what the proxy's log says",
          isEqual(passed.sort(), [
            `inbound 127.0.0.1:15006 ${own} > ${own}`,
            `outbound 127.0.0.1:15001 ${address}:${APP_PORT} > ${own}`,
          ]),
        )
      const rules = once(rule.redirect, rule.to15001, rule.proxyToItself, rule.to15006, rule.fromPassthrough)
      const legs = [{ rule: rule.output, packets: 3 }, ...rules]
      claim.observe('rules that counted', hasCountedOnly(seen.ruleset(pod), 'nat', legs))
    })
  },
}

/** @returns its address, once it has an endpoint */
async function createService({ cluster, signal }: StepContext): Promise<string> {
  await cluster.apply([service])
  const name = service.metadata?.name ?? ''
  const hasEndpoint = async (): Promise<boolean> =>
    (await cluster.api.core.readNamespacedEndpoints({ name, namespace: MESH })).subsets?.some(
      ({ addresses = [] }) => addresses.length > 0,
    ) ?? false
  await waitFor('the endpoint of the Service', hasEndpoint, { timeoutMs: 5000, signal })
  return (await cluster.api.core.readNamespacedService({ name, namespace: MESH })).spec?.clusterIP ?? ''
}
