import type {
  KubernetesObject,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1DaemonSet,
  V1ServiceAccount,
} from '@kubernetes/client-node'
import { packageVersion } from '../../../helpers/package-version.ts'
import type { Backend } from './backend.ts'

export interface ForwardGuardOptions {
  /** Guard IPv6 too. Default false. */
  readonly ipv6?: boolean
  /** Default: found on each node. */
  readonly interface?: string
  /** Default `auto`. */
  readonly backend?: Backend | 'auto'
  /** More addresses of pods than Node objects tell. */
  readonly podCidrs?: readonly string[]
  /** A duration, for instance `1s`. Default `5s`. */
  readonly interval?: string
  /** Another image that has the agent as its entry point. Default: this project's. */
  readonly image?: string
  /** More flags of the agent. */
  readonly args?: readonly string[]
}

export const guardNamespace = 'kube-system'
export const guardName = 'forward-guard'
export const guardLabels = { 'k8s-app': guardName } as const

const metadata = { name: guardName, namespace: guardNamespace } as const
const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: guardName } as const

/** The flags of the agent, after its name. */
export function guardArguments(options: ForwardGuardOptions): readonly string[] {
  const { ipv6 = false, interface: name, backend, podCidrs = [], interval, args = [] } = options
  return [
    ...(ipv6 ? ['--ipv6'] : []),
    ...(name === undefined ? [] : [`--interface=${name}`]),
    ...(backend === undefined ? [] : [`--backend=${backend}`]),
    ...podCidrs.map((cidr) => `--pod-cidr=${cidr}`),
    ...(interval === undefined ? [] : [`--interval=${interval}`]),
    ...args,
  ]
}

/** The agent on every node, the control plane's too, with the right to follow Node objects. */
export function forwardGuardManifest(options: ForwardGuardOptions = {}): readonly KubernetesObject[] {
  const account: V1ServiceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...metadata } }
  const clusterRole: V1ClusterRole = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: guardName },
    rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] }],
  }
  const binding: V1ClusterRoleBinding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: guardName },
    roleRef: { ...role },
    subjects: [{ kind: 'ServiceAccount', ...metadata }],
  }
  return [account, clusterRole, binding, daemonSet(options)]
}

function daemonSet(options: ForwardGuardOptions): V1DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { ...metadata },
    spec: {
      selector: { matchLabels: { ...guardLabels } },
      template: {
        metadata: { labels: { ...guardLabels } },
        spec: {
          hostNetwork: true,
          serviceAccountName: guardName,
          tolerations: [{ operator: 'Exists' }],
          containers: [
            {
              name: guardName,
              image: options.image ?? `packetproof/agent:${packageVersion()}`,
              args: ['forward-guard', ...guardArguments(options)],
              env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
              securityContext: { privileged: false, capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } },
            },
          ],
        },
      },
    },
  }
}
