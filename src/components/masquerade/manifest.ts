import type { V1ConfigMap, V1DaemonSet } from '@kubernetes/client-node'
import { packageVersion } from '../../../helpers/package-version.ts'
import type { Variant } from '../component.ts'

/** The keys of the agent's configuration file. */
export interface MasqueradeConfigFile {
  readonly nonMasqueradeCIDRs?: readonly string[]
  readonly cidrLimit?: number
  readonly masqLinkLocal?: boolean
  readonly masqLinkLocalIPv6?: boolean
  /** A Go duration, for instance `5s`. */
  readonly resyncInterval?: string
}

export interface MasqueradeOptions {
  /** Default `builtin`. */
  readonly variant?: Variant
  /** The configuration, or the text of the file; without it there is no ConfigMap and the agent uses its defaults. */
  readonly config?: MasqueradeConfigFile | string
  /** The agent's flags, for instance `--enable-ipv6`. */
  readonly args?: readonly string[]
  /** For instance `masqAgentReadySelector`; the manifest of the project's repository has none. */
  readonly nodeSelector?: Readonly<Record<string, string>>
  /** Also run where this key's taint is, for instance `node-role.kubernetes.io/control-plane`. */
  readonly tolerate?: readonly string[]
  /** The nodes on which rules are expected. Default: those that the scheduler gives the agent's pods to. */
  readonly nodes?: readonly string[]
}

/** The newest image that is known to be published; it is pinned by digest because a tag can be moved. */
export const upstreamImage =
  'registry.k8s.io/networking/ip-masq-agent:v2.12.0@sha256:ea696f45c75fde5d2239b457520bbf2f71465467136d4238e4549d8464b61848'

/** The label that documents tell to put on a node; it has an effect only with this selector in the DaemonSet. */
export const masqAgentReadySelector = { 'node.kubernetes.io/masq-agent-ds-ready': 'true' } as const

export const agentNamespace = 'kube-system'
export const agentName = 'ip-masq-agent'
export const agentLabels = { 'k8s-app': agentName } as const

/** The agent's objects: the DaemonSet as upstream's manifest has it, and the ConfigMap when there is a configuration. */
export function masqueradeManifest(options: MasqueradeOptions = {}): readonly (V1ConfigMap | V1DaemonSet)[] {
  const configMap = options.config === undefined ? [] : [masqueradeConfigMap(options.config)]
  return [...configMap, masqueradeDaemonSet(options)]
}

/** The file is under the key `config`: under any other, the agent finds no file and uses its defaults. */
export function masqueradeConfigMap(config: MasqueradeConfigFile | string): V1ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: agentName, namespace: agentNamespace },
    data: { config: typeof config === 'string' ? config : `${JSON.stringify(config, undefined, 2)}\n` },
  }
}

function masqueradeDaemonSet(options: MasqueradeOptions): V1DaemonSet {
  const { args = [], nodeSelector, tolerate = [], variant = 'builtin' } = options
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: agentName, namespace: agentNamespace },
    spec: {
      selector: { matchLabels: { ...agentLabels } },
      template: {
        metadata: { labels: { ...agentLabels } },
        spec: {
          hostNetwork: true,
          ...(nodeSelector === undefined ? {} : { nodeSelector: { ...nodeSelector } }),
          ...(tolerate.length === 0 ? {} : { tolerations: tolerate.map((key) => ({ key, operator: 'Exists' })) }),
          containers: [
            {
              name: agentName,
              image: imageOf(variant),
              args: [...(variant === 'builtin' ? ['masquerade'] : []), ...args],
              securityContext: { privileged: false, capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } },
              volumeMounts: [{ name: 'config', mountPath: '/etc/config' }],
            },
          ],
          volumes: [
            {
              name: 'config',
              configMap: { name: agentName, optional: true, items: [{ key: 'config', path: agentName }] },
            },
          ],
        },
      },
    },
  }
}

function imageOf(variant: Variant): string {
  if (variant === 'upstream') return upstreamImage
  return variant === 'builtin' ? `packetproof/agent:${packageVersion()}` : variant.image
}
