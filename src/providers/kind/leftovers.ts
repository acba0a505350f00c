import type { Docker } from '../../docker/docker.ts'
import { PacketproofError } from '../../errors.ts'
import { NAME_PREFIX } from './cluster-name.ts'
import { CLUSTER_LABEL, isAbandoned, isHeld, KIND_CLUSTER_LABEL, OWNER_LABEL, RETAIN_LABEL } from './labels.ts'

/** A cluster of this project that Docker still has something of. */
export interface LeftoverCluster {
  readonly name: string
  /** Container names: nodes, outsiders, external hosts, the router. */
  readonly containers: readonly string[]
  readonly networks: readonly string[]
  /** It was made to outlive its run. */
  readonly isRetained: boolean
  /** The process that made it has ended. */
  readonly isAbandoned: boolean
  /** The process that made it runs. */
  readonly isHeld: boolean
}

const REMOVE_ATTEMPTS = 5

interface Found {
  readonly cluster: string
  readonly kind: 'container' | 'network'
  readonly name: string
  readonly owner: string
  readonly retain: string
}

const label = (name: string): string => `{{.Label "${name}"}}`

/** Every cluster that this project has made and that is not gone altogether, of this run, of others, and of those that were killed. */
export async function listLeftoverClusters(docker: Docker): Promise<readonly LeftoverCluster[]> {
  const columns = [OWNER_LABEL, RETAIN_LABEL].map(label).join('\t')
  const ofContainers = (filter: string): readonly string[] => [
    ...['container', 'ls', '--all', '--no-trunc', '--filter', `label=${filter}`],
    ...['--format', `${label(filter)}\t{{.Names}}\t${columns}`],
  ]
  const networks = ['network', 'ls', '--filter', `label=${CLUSTER_LABEL}`]
  const [nodes, machines, ofNetworks] = await Promise.all([
    docker.lines(ofContainers(KIND_CLUSTER_LABEL)),
    docker.lines(ofContainers(CLUSTER_LABEL)),
    docker.lines([...networks, '--format', `${label(CLUSTER_LABEL)}\t{{.Name}}\t${columns}`]),
  ])
  const found = [...[...nodes, ...machines].map(readLine('container')), ...ofNetworks.map(readLine('network'))]
  // kind's label is on the nodes of every kind cluster: those of others are none of our business.
  const ours = found.filter(({ cluster }) => cluster.startsWith(NAME_PREFIX))
  return [...new Set(ours.map(({ cluster }) => cluster))].sort().map((name) => describeCluster(name, ours))
}

function readLine(kind: Found['kind']): (line: string) => Found {
  return (line) => {
    const [cluster = '', name = '', owner = '', retain = ''] = line.split('\t')
    return { cluster, kind, name, owner, retain }
  }
}

function describeCluster(name: string, all: readonly Found[]): LeftoverCluster {
  const own = all.filter(({ cluster }) => cluster === name)
  const namesOf = (kind: Found['kind']): readonly string[] => [
    ...new Set(own.filter((each) => each.kind === kind).map((each) => each.name)),
  ]
  const owners = own.map(({ owner }) => owner).filter((owner) => owner !== '')
  return {
    name,
    containers: namesOf('container'),
    networks: namesOf('network'),
    isRetained: own.some(({ retain }) => retain === 'true'),
    isAbandoned: owners.length > 0 && owners.every(isAbandoned),
    isHeld: owners.some(isHeld),
  }
}

/**
 * Removes a cluster with all that belongs to it. What is gone already is no failure, so it may be called again.
 * @throws PacketproofError E_CLUSTER when something of it cannot be removed
 */
export async function removeCluster(docker: Docker, name: string): Promise<void> {
  let complaint = ''
  for (let attempt = 1; attempt <= REMOVE_ATTEMPTS; attempt += 1) {
    const cluster = (await listLeftoverClusters(docker)).find((candidate) => candidate.name === name)
    if (cluster === undefined) return
    complaint = await removeOnce(docker, cluster)
  }
  throw new PacketproofError('E_CLUSTER', `cannot remove the cluster ${name}: ${complaint}`, {
    hint: `see docker container ls --all --filter label=${CLUSTER_LABEL}=${name}, and docker network ls`,
  })
}

/** What a killed program had asked Docker for may come into being after a look: whoever removes has to look again. */
async function removeOnce(docker: Docker, { containers, networks }: LeftoverCluster): Promise<string> {
  const complaints: string[] = []
  const remove = async (args: readonly string[], names: readonly string[]): Promise<void> => {
    if (names.length > 0) complaints.push((await docker.try([...args, ...names])).stderr.trim())
  }
  // With their anonymous volumes, as `kind delete cluster` removes them; a network goes last, when nothing is on it any more.
  await remove(['container', 'rm', '--force', '--volumes'], containers)
  await remove(['network', 'rm'], networks)
  return complaints.join(' ').trim()
}

/** Removes what runs that were killed have left, but for what was to be kept. @returns the names */
export async function removeAbandoned(docker: Docker): Promise<readonly string[]> {
  const left = (await listLeftoverClusters(docker)).filter((cluster) => cluster.isAbandoned && !cluster.isRetained)
  for (const { name } of left) await removeCluster(docker, name)
  return left.map(({ name }) => name)
}
