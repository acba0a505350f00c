import type { V1ObjectMeta, V1PodSpec } from '@kubernetes/client-node'
import { readCaptureAnnotations } from './capture-annotations.ts'
import {
  initContainer,
  initContainerName,
  proxyContainer,
  proxyContainerName,
  upstreamProxyImage,
} from './sidecar-containers.ts'

export interface InjectOptions {
  /** Of both containers. Default: Istio's. */
  readonly image?: string
  /** Of the init container alone. Default: the same. */
  readonly initImage?: string
  /** The proxy passes connections on by a configuration of its own; istiod is not asked. Default: of this project's image alone. */
  readonly isStatic?: boolean
}

/** A pod, or the template of one. */
export interface PodParts {
  readonly metadata?: Pick<V1ObjectMeta, keyof V1ObjectMeta>
  readonly spec: Pick<V1PodSpec, keyof V1PodSpec>
}

export type InjectedPod =
  | { readonly pod: PodParts; readonly skipped?: undefined }
  /** Why it stays as it is. */
  | { readonly pod?: undefined; readonly skipped: string }

export const injectKey = 'sidecar.istio.io/inject'
const statusKey = 'sidecar.istio.io/status'

/** By these, `kubectl exec` and `kubectl logs` know the app's container. */
const defaultContainerKeys = ['kubectl.kubernetes.io/default-container', 'kubectl.kubernetes.io/default-logs-container']

/**
 * Gives a pod the sidecar as the classic template does: istio-init as the last of its init containers, so that the others have the network
 * as it is without it, and istio-proxy as the last of its containers. The app's own stay as they are. A pod that has it, or must not have it, is told from one that gets it.
 * @throws PacketproofError E_INVALID_INPUT for an annotation that cannot be read.
 */
export function injectPod({ metadata, spec }: PodParts, options: InjectOptions = {}): InjectedPod {
  const reason = reasonToSkip({ ...(metadata && { metadata }), spec })
  if (reason !== undefined) return { skipped: reason }
  const { image = upstreamProxyImage, initImage = image, isStatic = false } = options
  const capture = readCaptureAnnotations(metadata?.annotations)
  const init = capture.mode === 'NONE' ? [] : [initContainer(initImage, capture)]
  const status = { initContainers: init.map(({ name }) => name), containers: [proxyContainerName], revision: 'default' }
  const defaults = Object.fromEntries(defaultContainerKeys.map((key) => [key, spec.containers[0]?.name ?? '']))
  const annotations = { ...defaults, ...metadata?.annotations, [statusKey]: JSON.stringify(status) }
  const initContainers = [...(spec.initContainers ?? []), ...init]
  const containers = [...spec.containers, proxyContainer(image, capture, isStatic)]
  return {
    pod: {
      metadata: { ...metadata, annotations },
      spec: { ...spec, ...(initContainers.length > 0 && { initContainers }), containers },
    },
  }
}

function reasonToSkip({ metadata, spec }: PodParts): string | undefined {
  if (spec.hostNetwork === true) {
    return "it is on the network of its node (hostNetwork): the rules would be the node's, for all that is on it"
  }
  const wish = metadata?.labels?.[injectKey] ?? metadata?.annotations?.[injectKey]
  if (wish === 'false') return `it says ${injectKey}: "false"`
  const names = [...(spec.initContainers ?? []), ...spec.containers].map(({ name }) => name)
  const taken = names.find((name) => name === initContainerName || name === proxyContainerName)
  return taken === undefined ? undefined : `it has the container ${taken} already`
}
