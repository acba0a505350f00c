import { type StepDefinition, waitFor } from '../../../src/index.ts'
import { NAMESPACES, POD_PLANS, podManifest, WEB_SERVICE_ADDRESS, webService } from '../pods.ts'
import { choosePolicyEngine } from '../present.ts'
import type { NetworkPolicyWorld } from '../world.ts'

export const pods: StepDefinition<NetworkPolicyWorld> = {
  id: 'pods',
  title: "make the document's pods and Service, and the pods that its templates speak of",
  essential: true,
  async run(context, world) {
    const { cluster, signal } = context
    await choosePolicyEngine(context, world)
    await cluster.apply(
      Object.entries(NAMESPACES).map(([name, labels]) => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels: { ...labels } },
      })),
    )
    const canFixAddress = context.lacks('fixed-pod-addresses', 'profile-addresses') === undefined
    await cluster.apply(POD_PLANS.map((plan) => podManifest(plan, cluster.node(plan.node).name, canFixAddress)))
    await cluster.apply([webService(canFixAddress ? WEB_SERVICE_ADDRESS : undefined)])
    const service = await cluster.api.core.readNamespacedService({ namespace: 'default', name: 'web' })
    world.serviceAddress = service.spec?.clusterIP ?? ''
    await Promise.all(
      POD_PLANS.map(async ({ key }) => {
        const [namespace = '', name = ''] = key.split('/')
        const running = await waitFor(
          `pod ${key} to run`,
          async () => {
            const pod = await cluster.api.core.readNamespacedPod({ namespace, name })
            return pod.status?.phase === 'Running' && pod.status.podIP !== undefined && pod
          },
          { timeoutMs: 60_000, signal },
        )
        world.pods.set(key, cluster.podHost(running))
      }),
    )
  },
}
