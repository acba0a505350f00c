import { hasIstiod, PacketproofError, type SidecarOptions, type StepContext, type V1Pod } from '../../src/index.ts'
import { APP_ID, APP_PORT, MESH, type PodName } from './world.ts'

/** Which node each is on: the path of the request leads from one to another and back. */
const places: Readonly<Record<PodName, 0 | 1>> = {
  productpage: 0,
  reviews: 1,
  ratings: 0,
  'reviews-tproxy': 1,
  plain: 0,
}

/** The app: it tells whom it sees (`/clientip`), and asks others in somebody's stead (`/dial`). */
export function appPod(context: StepContext, name: PodName): V1Pod & { spec: NonNullable<V1Pod['spec']> } {
  const workers = context.cluster.nodes.filter(({ role }) => role === 'worker')
  return {
    metadata: {
      name,
      labels: { app: name },
      annotations: {
        // A probe of the kubelet between two readings of the counters would be counted.
        'readiness.status.sidecar.istio.io/periodSeconds': '3600',
        // Istio leaves the IPv6 of a pod with both families alone unless it is told to capture both.
        ...(name !== 'productpage' && { 'proxy.istio.io/config': '{"proxyMetadata":{"ISTIO_DUAL_STACK":"true"}}' }),
        ...(name === 'reviews-tproxy' && { 'sidecar.istio.io/interceptionMode': 'TPROXY' }),
      },
    },
    spec: {
      nodeName: workers[places[name]]?.name ?? '',
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'app',
          image: 'registry.k8s.io/e2e-test-images/agnhost:2.53',
          args: ['netexec', `--http-port=${APP_PORT}`, '--udp-port=-1'],
          securityContext: { runAsUser: APP_ID, runAsGroup: APP_ID },
        },
      ],
    },
  }
}

/**
 * Finds out whose sidecar is looked at: the one that was asked for, else that of the istiod that is there, else this project's.
 * @throws PacketproofError E_CLUSTER when another was asked for than an istiod lets be
 */
export async function chooseSidecar(context: StepContext): Promise<SidecarOptions> {
  const asked = context.settings.components.get('sidecar')
  if (asked === 'present' || asked === 'upstream') return { namespace: MESH, variant: 'upstream' }
  const isInjected = await hasIstiod(context.cluster)
  if (isInjected && asked !== undefined) {
    throw new PacketproofError('E_CLUSTER', 'the cluster has istiod, which would put its own sidecars in', {
      hint: 'prove those: --component sidecar=present',
    })
  }
  if (isInjected) context.foundVariant('sidecar', 'present')
  const isNamed = asked !== undefined && asked !== 'builtin'
  return { namespace: MESH, variant: isInjected ? 'upstream' : isNamed ? { image: asked } : 'builtin' }
}
