import type { V1Node } from '@kubernetes/client-node'
import { AccessHost } from '../../cluster/access-host.ts'
import type { NodeAccess } from '../../cluster/node-access.ts'
import type { ClusterFacts, NodeFacts } from './capabilities.ts'
import type { Connection } from './connect.ts'

const SCRIPT = `
iptables --version
command -v xtables-monitor >/dev/null && echo monitor
test -c /dev/net/tun && echo tun
command -v wg >/dev/null && echo wg
if unshare -n ip link add dev wg0 type wireguard 2>/dev/null; then echo wireguard
elif command -v wireguard-go >/dev/null && test -c /dev/net/tun; then echo wireguard; fi
echo "interfaces $(ls /sys/class/net 2>/dev/null | tr '\\n' ' ') $(ip -o link 2>/dev/null | awk -F'[ :@]+' '{ print $2 }' | tr '\\n' ' ')"
iptables-save -t nat
`

/** Looks at the API and at one worker. */
export async function inspectCluster(
  connection: Connection,
  access: NodeAccess,
  worker: string,
): Promise<ClusterFacts> {
  const kube = await import('@kubernetes/client-node')
  const [daemonSets, groups, node] = await Promise.all([
    connection.config.makeApiClient(kube.AppsV1Api).listDaemonSetForAllNamespaces(),
    connection.config.makeApiClient(kube.ApisApi).getAPIVersions(),
    inspectNode(access, worker),
  ])
  return {
    nodes: connection.nodes,
    daemonSets: daemonSets.items,
    apiGroups: groups.groups.map(({ name }) => name),
    node,
  }
}

async function inspectNode(access: NodeAccess, name: string): Promise<NodeFacts> {
  const host = new AccessHost(access, { kind: 'node', name }, 'node', name, [], () => undefined)
  const { stdout } = await host.exec(['sh', '-c', SCRIPT])
  const lines = stdout.split('\n')
  const table = lines.findIndex((line) => line.startsWith('*nat'))
  return {
    natRules: table < 0 ? '' : lines.slice(table).join('\n'),
    interfaces: (lines.find((line) => line.startsWith('interfaces ')) ?? '').split(' ').slice(1).filter(Boolean),
    iptablesVersion: lines.find((line) => line.includes('tables v')) ?? '',
    hasXtablesMonitor: lines.includes('monitor'),
    hasTunDevice: lines.includes('tun'),
    hasWireguard: lines.includes('wireguard'),
    hasWgTool: lines.includes('wg'),
  }
}

/** For the report. */
export function environmentOf({ version, nodes }: Connection, { node }: ClusterFacts): Record<string, string> {
  const distinct = (read: (info: NonNullable<NonNullable<V1Node['status']>['nodeInfo']>) => string): string =>
    [...new Set(nodes.flatMap(({ status }) => (status?.nodeInfo ? [read(status.nodeInfo)] : [])))].join(', ')
  return {
    kubernetes: version,
    kernel: distinct((info) => info.kernelVersion),
    'container runtime': distinct((info) => info.containerRuntimeVersion),
    'node system': distinct((info) => info.osImage),
    iptables: node.iptablesVersion.trim(),
  }
}
