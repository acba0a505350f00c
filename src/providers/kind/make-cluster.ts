import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { waitFor } from '../../../helpers/wait-for.ts'
import type { ClusterProfile } from '../../cluster/profile.ts'
import type { Docker } from '../../docker/docker.ts'
import { isInterrupted, messageOf, PacketproofError } from '../../errors.ts'
import { connectNodes, startSurroundings } from './build-surroundings.ts'
import { chooseSubnets, moveToSubnets } from './choose-subnets.ts'
import { type FoundCluster, findCluster } from './find-cluster.ts'
import { installTools } from './install-tools.ts'
import { createArguments, exportLogsArguments, kubectlInNode } from './kind-commands.ts'
import { kindConfig, kindNodes } from './kind-config.ts'
import type { KindProgram } from './kind-program.ts'
import type { Labels } from './labels.ts'
import { removeCluster } from './leftovers.ts'
import { installMesh } from './mesh.ts'
import { installNetworkPlugin } from './network-plugin.ts'
import { networkNames, nodeNetworkArguments, outsideNetworkArguments, usedSubnets } from './networks.ts'
import { type NodeAddresses, planMachines } from './plan-machines.ts'
import { loadIntoNodes, type Preloaded } from './preload-images.ts'

const CREATE_TIMEOUT_MS = 15 * 60_000
const LOGS_TIMEOUT_MS = 120_000
const SUBNET_ATTEMPTS = 5

export interface ClusterRecipe {
  readonly docker: Docker
  readonly kind: KindProgram
  readonly name: string
  readonly profile: ClusterProfile
  readonly image: string
  readonly toolImage: string
  readonly preloaded: Preloaded
  readonly labels: Labels
  readonly apiPort: number | undefined
  readonly retain: boolean
  readonly signal: AbortSignal | undefined
  readonly onNote: ((text: string) => void) | undefined
  /** For what is only needed meanwhile. */
  readonly folder: string
}

/**
 * Makes the networks, the nodes, and everything beside them.
 * @throws PacketproofError when something fails, after the logs have been exported and, unless it is to be retained, everything that was
 * made has been removed
 */
export async function makeCluster(recipe: ClusterRecipe): Promise<FoundCluster> {
  try {
    return await makeAll(recipe)
  } catch (error) {
    const cleaning = recipe.docker.withoutSignal()
    const logs = isInterrupted(error)
      ? undefined
      : await exportLogs(recipe.kind, recipe.name, join(tmpdir(), `${recipe.name}-logs`)).catch(() => undefined)
    if (!recipe.retain) await removeCluster(cleaning, recipe.name)
    throw withLogs(error, logs)
  }
}

async function makeAll(recipe: ClusterRecipe): Promise<FoundCluster> {
  const { docker, kind, name, image, labels, folder, signal } = recipe
  const networks = networkNames(name)
  const profile = await createNetworks(recipe)
  const kubeconfig = join(folder, 'kubeconfig')
  const surroundings = { profile, plan: planMachines(profile, name), networks, image: recipe.toolImage, labels }
  await startSurroundings(docker, surroundings)
  const waitsForNodes = profile.kind.cni === 'default'
  await kind.run(createArguments({ name, image, kubeconfig, waitsForNodes }), {
    ...{ timeoutMs: CREATE_TIMEOUT_MS, signal, network: networks.nodes },
    stdin: kindConfig(profile, recipe.apiPort),
  })
  const { nodes } = await findCluster(docker, name)
  await loadIntoNodes(docker, kind, { cluster: name, nodes, images: recipe.preloaded.loaded, folder, signal })
  const plugin = { cluster: name, kubeconfig, folder, signal }
  await installNetworkPlugin(docker, profile, plugin)
  const lack = await installMesh(profile, recipe.preloaded, plugin)
  if (lack !== undefined) recipe.onNote?.(`there is no ${profile.kind.mesh} in the cluster: ${lack}`)
  await installTools(docker, { nodes, image: recipe.toolImage, folder, labels })
  await connectNodes(docker, surroundings, await readNodes(docker, name, kindNodes(profile).length))
  return await findCluster(docker, name)
}

/** @returns the profile with the subnets that were free; another run may take one between the look and the creation. */
async function createNetworks({ docker, name, profile, labels }: ClusterRecipe): Promise<ClusterProfile> {
  const networks = networkNames(name)
  for (let attempt = 1; ; attempt += 1) {
    const subnets = chooseSubnets(profile, await usedSubnets(docker))
    try {
      await docker.run(nodeNetworkArguments(networks.nodes, subnets, labels))
      if (profile.externalHosts.length > 0) await docker.run(outsideNetworkArguments(networks.outside, labels))
      return moveToSubnets(profile, subnets)
    } catch (error) {
      if (attempt === SUBNET_ATTEMPTS || !messageOf(error).startsWith('a subnet is in use')) throw error
    }
  }
}

interface NodeItem {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly podCIDRs?: readonly string[] }
  readonly status: { readonly addresses?: readonly { readonly type: string; readonly address: string }[] }
}

async function readNodes(docker: Docker, cluster: string, count: number): Promise<readonly NodeAddresses[]> {
  const argv = ['exec', `${cluster}-control-plane`, ...kubectlInNode('get', 'nodes', '--output', 'yaml')]
  const items = await waitFor(
    `${count} nodes`,
    async () => {
      const list = parse(await docker.run(argv)) as { readonly items: readonly NodeItem[] }
      return list.items.length === count && list.items
    },
    { timeoutMs: 30_000, intervalMs: 200 },
  )
  return items.map(({ metadata, spec, status }) => ({
    name: metadata.name,
    addresses: (status.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address),
    podCidrs: spec.podCIDRs ?? [],
  }))
}

/**
 * Writes the logs of a cluster's nodes into a folder.
 * @returns the folder; undefined when there were none. Of nodes that never came up there are few, and kind calls that a failure.
 */
export async function exportLogs(kind: KindProgram, cluster: string, folder: string): Promise<string | undefined> {
  try {
    await kind.run(exportLogsArguments(cluster, folder), { timeoutMs: LOGS_TIMEOUT_MS })
  } catch {
    if (!(await holdsFiles(folder))) {
      await rm(folder, { recursive: true, force: true })
      return undefined
    }
  }
  return folder
}

async function holdsFiles(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.some((entry) => entry.isFile())
}

function withLogs(error: unknown, logs: string | undefined): unknown {
  if (!(error instanceof PacketproofError) || logs === undefined) return error
  const hint = [error.hint, `the logs of the nodes are in ${logs}`].filter(Boolean).join('; ')
  return new PacketproofError(error.code, error.message, { hint, cause: error.cause })
}
