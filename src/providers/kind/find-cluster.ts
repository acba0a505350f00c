import type { MachineInfo } from '../../cluster/node-access.ts'
import type { Docker } from '../../docker/docker.ts'
import {
  ADDRESSES_LABEL,
  CLUSTER_LABEL,
  KIND_CLUSTER_LABEL,
  KIND_ROLE_LABEL,
  MACHINE_KIND_LABEL,
  MACHINE_LABEL,
} from './labels.ts'

export interface FoundMachine extends MachineInfo {
  readonly container: string
}

/** What Docker has of a cluster, by its labels. */
export interface FoundCluster {
  /** Containers, and at the same time names of nodes. */
  readonly nodes: readonly string[]
  readonly machines: readonly FoundMachine[]
}

const label = (name: string): string => `{{.Label "${name}"}}`

/** The running containers of a cluster; those of a stopped one are no hosts. */
export async function findCluster(docker: Docker, name: string): Promise<FoundCluster> {
  const list = (filter: string, columns: readonly string[]): Promise<readonly string[]> =>
    docker.lines([
      'container',
      'ls',
      '--filter',
      `label=${filter}=${name}`,
      '--format',
      ['{{.Names}}', ...columns].join('\t'),
    ])
  const [nodes, machines] = await Promise.all([
    list(KIND_CLUSTER_LABEL, [label(KIND_ROLE_LABEL)]),
    list(CLUSTER_LABEL, [MACHINE_LABEL, MACHINE_KIND_LABEL, ADDRESSES_LABEL].map(label)),
  ])
  return {
    // kind puts a load balancer in front of several control planes, which is no node.
    nodes: nodes
      .map((line) => line.split('\t'))
      .filter(([, role]) => role === 'control-plane' || role === 'worker')
      .map(([node = '']) => node)
      .sort(),
    machines: machines.flatMap((line) => readMachine(line)).sort((a, b) => a.name.localeCompare(b.name)),
  }
}

function readMachine(line: string): FoundMachine[] {
  const [container = '', name = '', kind, addresses = ''] = line.split('\t')
  if (kind !== 'outsider' && kind !== 'external-host') return []
  return [{ name, kind, container, addresses: addresses.split(' ').filter((address) => address !== '') }]
}
