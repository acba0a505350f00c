import { admitPod } from '../../../../components/sidecar/inject/admit-pod.ts'
import type { PodParts } from '../../../../components/sidecar/inject/inject-pod.ts'
import { messageOf } from '../../../../errors.ts'
import { badRequest } from '../status-error.ts'
import type { ResourceContext } from './definition.ts'
import type { Pod } from './pod.ts'

/**
 * Gives a new pod its sidecar where the namespace, or the pod, asks for it: in place of Istio's webhook, which needs a service mesh to run.
 * @throws StatusError 400 for an annotation that cannot be read, in a webhook's words.
 */
export function admitSidecar(draft: Pod, context: ResourceContext): void {
  const { metadata, spec } = draft
  if (!Array.isArray(spec?.containers)) return
  const name = metadata.namespace ?? ''
  const labels = context.get('namespaces', undefined, name)?.metadata.labels ?? {}
  try {
    const admitted = admitPod({ metadata, spec } as unknown as PodParts, { name, labels })
    if (admitted !== undefined) Object.assign(draft, admitted)
  } catch (error) {
    throw badRequest(
      `admission webhook "namespace.sidecar-injector.istio.io" denied the request: failed to run injection template: ${messageOf(error)}`,
    )
  }
}
