import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProvidedCluster, ProviderOptions } from '../../cluster/node-access.ts'
import type { ClusterProfile } from '../../cluster/profile.ts'
import { connectDocker, type Docker, type DockerServer } from '../../docker/docker.ts'
import { PacketproofError } from '../../errors.ts'
import { taggedReference } from '../../images/image-reference.ts'
import { provideImage, provideReference } from '../../images/image-store.ts'
import { type ImageName, imagePins } from '../../images/pins.ts'
import { planNetwork } from '../netns/fabric/plan.ts'
import { clusterName } from './cluster-name.ts'
import { type FoundCluster, findCluster } from './find-cluster.ts'
import { kindConfig, kindNodes } from './kind-config.ts'
import { findKind, type KindProgram } from './kind-program.ts'
import { CLUSTER_LABEL, OWNER_LABEL, ownerOf, RECIPE_LABEL, RETAIN_LABEL } from './labels.ts'
import { listLeftoverClusters, removeAbandoned, removeCluster } from './leftovers.ts'
import { makeCluster } from './make-cluster.ts'
import { meshImages } from './mesh.ts'
import { pluginImages, requirePluginTools } from './network-plugin.ts'
import { networkNames } from './networks.ts'
import { checkMachine, checkProfile } from './preflight.ts'
import { commonImages, provideImages } from './preload-images.ts'
import { provideRunning } from './provided-cluster.ts'

export interface KindClusterOptions extends ProviderOptions {
  /** In the place of the pinned one: an image that has what the target `tools` of the Dockerfile has. */
  readonly toolImage?: string
  /** The images that pods will run, beside those of the network plugin; loaded into the nodes when they can be had. */
  readonly podImages?: readonly ImageName[]
}

/**
 * A cluster of kind's, with outsiders and external hosts beside it. It is removed when it is disposed of. With `retain` it stays, and the
 * next call for the same profile with `retain` uses it again. What a killed run has left is removed by the next call.
 * @throws PacketproofError E_INVALID_INPUT (the profile), E_TOOL_MISSING (docker, kind, helm), E_NO_PRIVILEGE, E_ENVIRONMENT (the daemon,
 * an old kind, an image, a subnet, inotify instances, control groups), E_INTERRUPTED (the signal), E_CLUSTER.
 */
export async function createKindCluster(
  profile: ClusterProfile,
  options: KindClusterOptions,
): Promise<ProvidedCluster> {
  const { signal, retain = false } = options
  checkProfile(profile)
  planNetwork(profile)
  kindConfig(profile)
  const { docker, server } = await connectDocker(signal)
  const kind = await findKind(options.image !== undefined)
  requirePluginTools(profile)
  const nodeImage = await chooseNodeImage(docker, profile, options.image)
  const removed = await removeAbandoned(docker)
  if (removed.length > 0) options.onNote?.(`removed what earlier runs had left: ${removed.join(', ')}`)
  const name = clusterName(options.name, retain)
  const recipe = recipeOf(profile, nodeImage)
  const tools: Tools = { docker, server, kind }
  const kept = await findKept(docker, name, recipe, profile)
  if (kept !== undefined) {
    options.onNote?.(`using the cluster ${name}, which an earlier run has kept`)
    return await provide(tools, { name, profile, found: kept, image: nodeImage, end: async () => undefined })
  }
  const labels = {
    [CLUSTER_LABEL]: name,
    [OWNER_LABEL]: ownerOf(),
    [RECIPE_LABEL]: recipe,
    [RETAIN_LABEL]: String(retain),
  }
  const toolImage = options.toolImage ?? (await provideImage(docker, imagePins.tools))
  const preloaded = await provideImages(
    docker,
    pluginImages[profile.kind.cni],
    options.podImages ?? [...commonImages, ...meshImages(profile)],
  )
  const folder = await mkdtemp(join(tmpdir(), `${name}-`))
  const end = async (): Promise<void> => {
    if (!retain) await removeCluster(docker.withoutSignal(), name)
  }
  try {
    const common = {
      docker,
      kind,
      name,
      profile,
      image: nodeImage,
      toolImage,
      preloaded,
      labels,
      retain,
      folder,
      signal,
      onNote: options.onNote,
    }
    const found = await makeCluster({ ...common, apiPort: options.apiPort })
    const agentImageLack = preloaded.missing.get('agent') ?? preloaded.missing.get('server')
    return await provide(tools, { name, profile, found, image: nodeImage, agentImageLack, end })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Tools {
  readonly docker: Docker
  readonly server: DockerServer
  readonly kind: KindProgram
}

type Running = Omit<Parameters<typeof provideRunning>[0], keyof Tools>

async function provide(tools: Tools, running: Running): Promise<ProvidedCluster> {
  try {
    return await provideRunning({ ...tools, ...running })
  } catch (error) {
    await running.end()
    throw error
  }
}

/** The user's node image, or the pinned one; once this machine is known to be able to run it. */
async function chooseNodeImage(docker: Docker, profile: ClusterProfile, given: string | undefined): Promise<string> {
  const pin = imagePins['kind-node']
  await checkMachine(docker, profile, given ?? taggedReference(pin))
  // kind would pull it as well, but asks four times before it says that there is none.
  return await (given === undefined ? provideImage(docker, pin) : provideReference(docker, given))
}

/** Everything that a cluster is made of, as far as a later run has to find the same. */
function recipeOf(profile: ClusterProfile, image: string): string {
  return createHash('sha256')
    .update(JSON.stringify([profile, image]))
    .digest('hex')
    .slice(0, 16)
}

/**
 * The kept cluster of that name.
 * @throws PacketproofError E_CLUSTER when the name is in use by another one, or by one that does not run
 */
async function findKept(
  docker: Docker,
  name: string,
  recipe: string,
  profile: ClusterProfile,
): Promise<FoundCluster | undefined> {
  const existing = (await listLeftoverClusters(docker)).find((cluster) => cluster.name === name)
  if (existing === undefined) return undefined
  const hint = 'packetproof down --all removes it'
  const format = `{{index .Labels "${RECIPE_LABEL}"}}`
  const { stdout } = await docker.try(['network', 'inspect', '--format', format, networkNames(name).nodes])
  if (stdout.trim() !== recipe) {
    throw new PacketproofError(
      'E_CLUSTER',
      `the name ${name} is in use by a cluster of another profile or node image`,
      { hint },
    )
  }
  const found = await findCluster(docker, name)
  const machines = profile.outsiders.length + profile.externalHosts.length
  if (found.nodes.length === kindNodes(profile).length && found.machines.length === machines) return found
  throw new PacketproofError('E_CLUSTER', `the kept cluster ${name} is not complete, or does not run`, { hint })
}
