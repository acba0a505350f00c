import type { V1LabelSelector, V1Namespace, V1NetworkPolicySpec, V1Pod } from '@kubernetes/client-node'
import type { PolicyObject, PolicyObjects } from '../objects.ts'

/** Namespaces x, y, z (label `ns`), each with pods a, b, c (label `pod`), two nodes and a machine. */
export function objectsWith(policies: readonly PolicyObject[], more: Partial<PolicyObjects> = {}): PolicyObjects {
  const names = ['x', 'y', 'z']
  return {
    namespaces: names.map((name) => namespace(name)),
    pods: names.flatMap((ns, row) => ['a', 'b', 'c'].map((name, column) => pod(ns, name, `10.0.${row}.${column + 1}`))),
    nodes: ['node-1', 'node-2'].map((name, index) => ({
      metadata: { name },
      status: { addresses: [{ type: 'InternalIP', address: `172.18.0.${index + 1}` }] },
    })),
    machines: [{ name: 'outside', addresses: ['203.0.113.9', 'fd00:99::9'] }],
    policies,
    ...more,
  }
}

export function namespace(name: string, labels: Record<string, string> = { ns: name }): V1Namespace {
  return { metadata: { name, labels } }
}

export function pod(ns: string, name: string, ip: string, change: Partial<V1Pod> = {}): V1Pod {
  return {
    metadata: { namespace: ns, name, labels: { pod: name, app: 'web' } },
    spec: {
      nodeName: name === 'c' ? 'node-2' : 'node-1',
      containers: [
        {
          name: 'server',
          ports: [
            { name: 'web', containerPort: 80 },
            { name: 'web', containerPort: 81, protocol: 'UDP' },
          ],
        },
      ],
    },
    status: { phase: 'Running', podIPs: [{ ip }, { ip: ip.replace(/^10\.0\.(\d)\./, 'fd00:$1::') }] },
    ...change,
  }
}

export type WireSpec = Partial<Omit<V1NetworkPolicySpec, 'ingress'>> & {
  ingress?: NonNullable<NonNullable<PolicyObject['spec']>['ingress']>
}

/** In namespace x unless told otherwise, for all pods. */
export function policy(spec: WireSpec, ns = 'x', name = 'policy'): PolicyObject {
  return { metadata: { namespace: ns, name }, spec: { podSelector: {}, ...spec } }
}

export function labelled(matchLabels: Record<string, string>): V1LabelSelector {
  return { matchLabels }
}
