import type {
  KubernetesObject,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1DaemonSet,
  V1ServiceAccount,
} from '@kubernetes/client-node'
import { packageVersion } from '../../../helpers/package-version.ts'
import type { Dialect } from './dialect.ts'

export interface NetworkPolicyOptions {
  /** Default: the current one. */
  readonly dialect?: Dialect['name']
  /** A duration, for instance `10s`. Default `90s`. */
  readonly refreshInterval?: string
  /** Another image that has the agents as its entry point. Default: this project's. */
  readonly image?: string
  /** More flags of the agent. */
  readonly args?: readonly string[]
}

export const policyAgentName = 'network-policy'
export const policyAgentNamespace = 'kube-system'
export const policyAgentLabels = { 'k8s-app': policyAgentName } as const

const metadata = { name: policyAgentName, namespace: policyAgentNamespace }

export function policyAgentArguments({ dialect, refreshInterval, args = [] }: NetworkPolicyOptions): string[] {
  return [
    ...(dialect === undefined ? [] : [`--dialect=${dialect}`]),
    ...(refreshInterval === undefined ? [] : [`--refresh-interval=${refreshInterval}`]),
    ...args,
  ]
}

/** The agent on every node, with the right to follow Namespaces, Pods and NetworkPolicies. */
export function networkPolicyManifest(options: NetworkPolicyOptions = {}): readonly KubernetesObject[] {
  const account: V1ServiceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...metadata } }
  const follow = ['get', 'list', 'watch']
  const role: V1ClusterRole = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: policyAgentName },
    rules: [
      { apiGroups: [''], resources: ['namespaces', 'pods'], verbs: follow },
      { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: follow },
    ],
  }
  const binding: V1ClusterRoleBinding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: policyAgentName },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: policyAgentName },
    subjects: [{ kind: 'ServiceAccount', ...metadata }],
  }
  return [account, role, binding, daemonSet(options)]
}

function daemonSet(options: NetworkPolicyOptions): V1DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { ...metadata },
    spec: {
      selector: { matchLabels: { ...policyAgentLabels } },
      template: {
        metadata: { labels: { ...policyAgentLabels } },
        spec: {
          hostNetwork: true,
          serviceAccountName: policyAgentName,
          tolerations: [{ operator: 'Exists' }],
          terminationGracePeriodSeconds: 5,
          containers: [
            {
              name: policyAgentName,
              image: options.image ?? `packetproof/agent:${packageVersion()}`,
              args: [policyAgentName, ...policyAgentArguments(options)],
              env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
              securityContext: { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } },
            },
          ],
        },
      },
    },
  }
}
