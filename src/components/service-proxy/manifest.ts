import type {
  KubernetesObject,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1DaemonSet,
  V1ServiceAccount,
} from '@kubernetes/client-node'
import { packageVersion } from '../../../helpers/package-version.ts'

export interface ServiceProxyOptions {
  /** The pods' addresses. Default: the pod CIDRs of the cluster's profile. */
  readonly clusterCidrs?: readonly string[]
  readonly masqueradeAll?: boolean
  /** Default true. */
  readonly localhostNodePorts?: boolean
  /** A duration, for instance `1s`. Default `5s`. */
  readonly syncPeriod?: string
  /** Another image that has the agents as its entry point. Default: this project's. */
  readonly image?: string
  /** More flags of the agent. */
  readonly args?: readonly string[]
}

export const proxyName = 'service-proxy'
export const proxyNamespace = 'kube-system'
export const proxyLabels = { 'k8s-app': proxyName } as const

const metadata = { name: proxyName, namespace: proxyNamespace } as const

/** The flags of the agent, after its name. */
export function proxyArguments(options: ServiceProxyOptions): readonly string[] {
  const { clusterCidrs = [], masqueradeAll = false, localhostNodePorts = true, syncPeriod, args = [] } = options
  return [
    ...(clusterCidrs.length === 0 ? [] : [`--cluster-cidr=${clusterCidrs.join(',')}`]),
    ...(masqueradeAll ? ['--masquerade-all'] : []),
    ...(localhostNodePorts ? [] : ['--iptables-localhost-nodeports=false']),
    ...(syncPeriod === undefined ? [] : [`--sync-period=${syncPeriod}`]),
    ...args,
  ]
}

/** The agent on every node, with the right to follow Services, EndpointSlices and Nodes. */
export function serviceProxyManifest(options: ServiceProxyOptions = {}): readonly KubernetesObject[] {
  const account: V1ServiceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...metadata } }
  const follow = ['get', 'list', 'watch']
  const role: V1ClusterRole = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: proxyName },
    rules: [
      { apiGroups: [''], resources: ['services', 'nodes'], verbs: follow },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: follow },
    ],
  }
  const binding: V1ClusterRoleBinding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: proxyName },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: proxyName },
    subjects: [{ kind: 'ServiceAccount', ...metadata }],
  }
  return [account, role, binding, daemonSet(options)]
}

function daemonSet(options: ServiceProxyOptions): V1DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { ...metadata },
    spec: {
      selector: { matchLabels: { ...proxyLabels } },
      template: {
        metadata: { labels: { ...proxyLabels } },
        spec: {
          hostNetwork: true,
          serviceAccountName: proxyName,
          tolerations: [{ operator: 'Exists' }],
          terminationGracePeriodSeconds: 5,
          containers: [
            {
              name: proxyName,
              image: options.image ?? `packetproof/agent:${packageVersion()}`,
              args: [proxyName, ...proxyArguments(options)],
              env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
              // As kube-proxy: it writes a sysctl.
              securityContext: { privileged: true },
            },
          ],
        },
      },
    },
  }
}
