import type { KubernetesObject, V1NetworkPolicyIngressRule } from '@kubernetes/client-node'

type ManifestRule = V1NetworkPolicyIngressRule & { readonly from?: V1NetworkPolicyIngressRule['_from'] }

/**
 * The object of a manifest as the client's models want it. They call `from`, a reserved word to their generator, `_from`, and leave
 * out what they do not know: a NetworkPolicy sent as its manifest has it would allow everybody.
 */
export function toClientModel<T extends KubernetesObject>(object: T): T {
  const { spec } = object as { spec?: { ingress?: readonly ManifestRule[] } }
  if (object.kind !== 'NetworkPolicy' || !Array.isArray(spec?.ingress)) return object
  const ingress = spec.ingress.map(({ from, ...rule }) => (from === undefined ? rule : { ...rule, _from: from }))
  return { ...object, spec: { ...spec, ingress } }
}
