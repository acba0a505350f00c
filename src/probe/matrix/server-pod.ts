import type { V1Container, V1Pod } from '@kubernetes/client-node'
import { packageVersion } from '../../../helpers/package-version.ts'
import type { MatrixPort } from './types.ts'

export interface ServerPodSpec {
  readonly namespace: string
  readonly name: string
  readonly ports: readonly MatrixPort[]
  readonly labels?: Readonly<Record<string, string>>
  readonly nodeName?: string
}

const downward = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } })

/** How the server of a pod calls itself, as `MatrixServer.names` expects it. */
export function serverNameOf(namespace: string, name: string): string {
  return `${namespace}/${name}`
}

/**
 * A container that answers on these ports with its pod's `NAMESPACE/NAME` (netexec's commands, in one process). Its ports are
 * named `serve-80-tcp`, as those of the Kubernetes end-to-end tests are.
 */
export function serverContainer(name: string, ports: readonly MatrixPort[]): V1Container {
  const numbers = (protocol: string): string =>
    ports.flatMap((port) => (port.protocol === protocol ? [port.port] : [])).join(',')
  return {
    name,
    image: `packetproof/server:${packageVersion()}`,
    args: ['--name=$(POD_NAMESPACE)/$(POD_NAME)', `--tcp=${numbers('tcp')}`, `--udp=${numbers('udp')}`],
    env: [downward('POD_NAMESPACE', 'metadata.namespace'), downward('POD_NAME', 'metadata.name')],
    ports: ports.map(({ protocol, port }) => ({
      name: `serve-${port}-${protocol}`,
      containerPort: port,
      protocol: protocol.toUpperCase(),
    })),
  }
}

export function serverPod({ namespace, name, ports, labels, nodeName }: ServerPodSpec): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, ...(labels && { labels: { ...labels } }) },
    spec: {
      terminationGracePeriodSeconds: 1,
      ...(nodeName !== undefined && { nodeName }),
      containers: [serverContainer('server', ports)],
    },
  }
}
