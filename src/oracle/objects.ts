import type {
  V1Namespace,
  V1NetworkPolicyIngressRule,
  V1NetworkPolicyPeer,
  V1NetworkPolicySpec,
  V1Node,
  V1ObjectMeta,
  V1Pod,
  V1Service,
} from '@kubernetes/client-node'

/** A machine that is no member of the cluster. */
export interface ExternalMachine {
  readonly name: string
  /** Without prefix length. */
  readonly addresses: readonly string[]
}

/** As JSON and YAML have it (`from`), or as the client's models do (`_from`). */
export type PolicyIngressRule = V1NetworkPolicyIngressRule & { readonly from?: readonly V1NetworkPolicyPeer[] }

/** A NetworkPolicy of networking.k8s.io/v1. */
export interface PolicyObject {
  readonly metadata?: Pick<V1ObjectMeta, 'name' | 'namespace'>
  readonly spec?: Omit<V1NetworkPolicySpec, 'ingress'> & { readonly ingress?: readonly PolicyIngressRule[] }
}

/** What the API knows, and what stands around the cluster. Objects are taken as the API has accepted them. */
export interface PolicyObjects {
  /** One that pods or policies name but that is not listed has no labels of its own. */
  readonly namespaces: readonly V1Namespace[]
  /** With their addresses in `status.podIPs`. */
  readonly pods: readonly V1Pod[]
  readonly policies: readonly PolicyObject[]
  readonly nodes?: readonly V1Node[]
  readonly services?: readonly V1Service[]
  readonly machines?: readonly ExternalMachine[]
}

export type PolicyProtocol = 'tcp' | 'udp' | 'sctp'

export interface PolicyPort {
  readonly protocol: PolicyProtocol
  readonly port: number
}

/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>

export function namespaceOf(object: { metadata?: { namespace?: string } }): string {
  return object.metadata?.namespace ?? 'default'
}

export function nameOf(object: { metadata?: { name?: string } }): string {
  return object.metadata?.name ?? ''
}

/** `NAMESPACE/NAME`. */
export function keyOf(object: { metadata?: { namespace?: string; name?: string } }): string {
  return `${namespaceOf(object)}/${nameOf(object)}`
}

/** The API gives every namespace a label with its name (KEP-2161). */
export function labelsOfNamespace(namespaces: readonly V1Namespace[], name: string): Labels {
  const found = namespaces.find((namespace) => nameOf(namespace) === name)
  return { ...found?.metadata?.labels, 'kubernetes.io/metadata.name': name }
}

export function isHostNetwork(pod: V1Pod): boolean {
  return pod.spec?.hostNetwork === true
}

/** Its containers have ended for good; its address may be another pod's by now. */
export function hasEnded(pod: V1Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}
