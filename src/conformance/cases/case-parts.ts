import type {
  V1IPBlock,
  V1LabelSelector,
  V1NetworkPolicyEgressRule,
  V1NetworkPolicyPeer,
} from '@kubernetes/client-node'
import type { PolicyIngressRule, PolicyObject } from '../../oracle/objects.ts'
import type { ConformanceCase, ConformanceStep, ExpectedRow, PolicyState } from '../conformance-case.ts'

interface PolicyParts {
  readonly ns?: string
  /** The pod it is for (`pod: a`), or a selector; default: all pods of the namespace. */
  readonly for?: string | V1LabelSelector
  readonly ingress?: readonly PolicyIngressRule[]
  readonly egress?: readonly V1NetworkPolicyEgressRule[]
  /** Default: the directions that have rules, even none. */
  readonly types?: readonly ('Ingress' | 'Egress')[]
}

/** A policy of namespace x unless told otherwise. */
export function policy(name: string, { ns = 'x', for: pods = {}, ingress, egress, types }: PolicyParts): PolicyObject {
  const directions = [...(ingress ? ['Ingress'] : []), ...(egress ? ['Egress'] : [])]
  return {
    metadata: { namespace: ns, name },
    spec: {
      podSelector: typeof pods === 'string' ? podLabel(pods) : pods,
      policyTypes: [...(types ?? directions)],
      ...(ingress && { ingress: [...ingress] }),
      ...(egress && { egress: [...egress] }),
    },
  }
}

export function podLabel(pod: string): V1LabelSelector {
  return { matchLabels: { pod } }
}

export function pods(pod: string): V1NetworkPolicyPeer {
  return { podSelector: podLabel(pod) }
}

/** A block that holds just this address. */
export function host(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`
}

/** Every address of the family of this one, but for it. */
export function everyoneBut(address: string): V1IPBlock {
  return { cidr: address.includes(':') ? '::/0' : '0.0.0.0/0', except: [host(address)] }
}

/** The label that Kubernetes gives a namespace. */
export const NAME_LABEL = 'kubernetes.io/metadata.name'

export function inNamespace(name: string, podSelector?: V1LabelSelector): V1NetworkPolicyPeer {
  return { namespaceSelector: { matchLabels: { [NAME_LABEL]: name } }, ...(podSelector && { podSelector }) }
}

export function byName(operator: 'In' | 'NotIn', ...values: string[]): V1LabelSelector {
  return { matchExpressions: [{ key: NAME_LABEL, operator, values }] }
}

type Expected = ConformanceStep['expected']

/** A case of one step. */
export function upstream(name: string, policies: readonly PolicyObject[], expected: Expected): ConformanceCase {
  return upstreamSteps(name, step(undefined, { policies }, expected))
}

export function upstreamSteps(name: string, ...steps: readonly ConformanceStep[]): ConformanceCase {
  return { name, origin: 'kubernetes', steps }
}

export function step(
  title: string | undefined,
  state: PolicyState | ConformanceStep['state'],
  expected: Expected,
): ConformanceStep {
  return {
    ...(title !== undefined && { title }),
    state: typeof state === 'function' ? state : () => state,
    expected,
  }
}

export function block(from: string, to: string): ExpectedRow {
  return ['block', from, to]
}

export function allow(from: string, to: string): ExpectedRow {
  return ['allow', from, to]
}
