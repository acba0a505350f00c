import { type InjectOptions, injectKey, injectPod, type PodParts } from './inject-pod.ts'

/** The label of a namespace whose pods get the sidecar when they are created. */
const namespaceKey = 'istio-injection'

/** Where Istio never injects, whatever the labels say. */
const systemNamespaces = new Set(['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage'])

/**
 * What Istio's admission webhook does with a new pod: in a namespace with `istio-injection=enabled` it gets the sidecar unless it says
 * otherwise; in one without the label, if it asks for it.
 * @returns the pod with the sidecar, or undefined when it stays as it is.
 * @throws PacketproofError E_INVALID_INPUT for an annotation that cannot be read: the pod is to be refused.
 */
export function admitPod(
  pod: PodParts,
  namespace: { readonly name: string; readonly labels: Readonly<Record<string, string>> },
  options: InjectOptions = {},
): PodParts | undefined {
  if (systemNamespaces.has(namespace.name)) return undefined
  const isEnabled = namespace.labels[namespaceKey] === 'enabled'
  const isAsked = namespace.labels[namespaceKey] === undefined && pod.metadata?.labels?.[injectKey] === 'true'
  return isEnabled || isAsked ? injectPod(pod, options).pod : undefined
}
