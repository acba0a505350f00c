import type {
  KubernetesObject,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1Container,
  V1DaemonSet,
  V1ServiceAccount,
} from '@kubernetes/client-node'
import { packageVersion } from '../../../helpers/package-version.ts'
import { defaultStateDirectory, deviceName, socketDirectory } from './names.ts'

export interface EncryptionOptions {
  /** Default false. */
  readonly strict?: boolean
  /** Default: the pod CIDRs of all nodes. */
  readonly strictCidrs?: readonly string[]
  /** A duration, for instance `1s`. Default `5s`. */
  readonly interval?: string
  /** Default: found on each node. */
  readonly interface?: string
  /** The nodes that take part; default: all. */
  readonly nodeSelector?: Readonly<Record<string, string>>
  /** Another image that has the agent as its entry point. Default: this project's. */
  readonly image?: string
  /** More flags of the agent. */
  readonly args?: readonly string[]
}

export const encryptionNamespace = 'kube-system'
export const encryptionName = 'encryption'
export const encryptionLabels = { 'k8s-app': encryptionName } as const

/** On the node. Below /run both are gone when the machine starts anew, and so are the devices. */
export const hostStateDirectory = '/run/cilium/state'
export const hostSocketDirectory = '/run/wireguard'

const metadata = { name: encryptionName, namespace: encryptionNamespace } as const
const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: encryptionName } as const

/** The kernel's device stays when this ends; wireguard-go's lasts as long as this runs, whatever becomes of the agent. */
const HOLD_DEVICE = `
if ip link show ${deviceName} >/dev/null 2>&1 || ip link add dev ${deviceName} type wireguard 2>/dev/null; then exec sleep 2147483647; fi
exec wireguard-go -f ${deviceName}
`.trim()

/** The flags of the agent, after its name. */
export function encryptionArguments(options: EncryptionOptions): readonly string[] {
  const { strict = false, strictCidrs = [], interval, interface: name, args = [] } = options
  return [
    ...(strict ? ['--strict'] : []),
    ...strictCidrs.map((cidr) => `--strict-cidr=${cidr}`),
    ...(interval === undefined ? [] : [`--interval=${interval}`]),
    ...(name === undefined ? [] : [`--interface=${name}`]),
    ...args,
  ]
}

/** The agent on every node, with the right to follow nodes and pods and to annotate nodes. */
export function encryptionManifest(options: EncryptionOptions = {}): readonly KubernetesObject[] {
  const account: V1ServiceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...metadata } }
  const clusterRole: V1ClusterRole = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: encryptionName },
    rules: [
      { apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [''], resources: ['nodes'], verbs: ['patch'] },
    ],
  }
  const binding: V1ClusterRoleBinding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: encryptionName },
    roleRef: { ...role },
    subjects: [{ kind: 'ServiceAccount', ...metadata }],
  }
  return [account, clusterRole, binding, daemonSet(options)]
}

function daemonSet(options: EncryptionOptions): V1DaemonSet {
  const image = options.image ?? `packetproof/agent:${packageVersion()}`
  // /dev/net/tun is a device of the host, which only a privileged container sees.
  const shared: Pick<V1Container, 'image' | 'securityContext' | 'volumeMounts'> = {
    image,
    securityContext: { privileged: true },
    volumeMounts: [
      { name: 'state', mountPath: defaultStateDirectory },
      { name: 'sockets', mountPath: socketDirectory },
    ],
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { ...metadata },
    spec: {
      selector: { matchLabels: { ...encryptionLabels } },
      template: {
        metadata: { labels: { ...encryptionLabels } },
        spec: {
          hostNetwork: true,
          serviceAccountName: encryptionName,
          terminationGracePeriodSeconds: 1,
          tolerations: [{ operator: 'Exists' }],
          ...(options.nodeSelector && { nodeSelector: { ...options.nodeSelector } }),
          containers: [
            { ...shared, name: 'device', command: ['sh', '-c', HOLD_DEVICE] },
            {
              ...shared,
              name: 'agent',
              args: ['encryption', '--wait-for-device', ...encryptionArguments(options)],
              env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
            },
          ],
          volumes: [
            { name: 'state', hostPath: { path: hostStateDirectory, type: 'DirectoryOrCreate' } },
            { name: 'sockets', hostPath: { path: hostSocketDirectory, type: 'DirectoryOrCreate' } },
          ],
        },
      },
    },
  }
}
