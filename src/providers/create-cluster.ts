import type { Cluster } from '../cluster/cluster.ts'
import { connectCluster } from '../cluster/kube-cluster.ts'
import { loadProfile } from '../cluster/load-profile.ts'
import type { ProvidedCluster, ProviderOptions } from '../cluster/node-access.ts'
import type { ClusterProfile } from '../cluster/profile.ts'
import { PacketproofError } from '../errors.ts'

type Provide = (profile: ClusterProfile, options: ProviderOptions) => Promise<ProvidedCluster>

/** Loaded when asked for: a provider brings its own libraries. */
const loaders: Readonly<Record<string, () => Promise<Provide>>> = {
  kind: async () => (await import('./kind/provider.ts')).createKindCluster,
  kubeconfig: async () => (await import('./kubeconfig/provider.ts')).borrowCluster,
  netns: async () => (await import('./netns/provider.ts')).createNetnsCluster,
}

/** Their clusters were there before and go on afterwards: nothing is broken in them on purpose. */
const borrowing = new Set(['kubeconfig'])

export function borrowsCluster(provider: string): boolean {
  return borrowing.has(provider)
}

/** With `retain` their clusters are found again by the next scenario that has the same profile. */
const retaining = new Set(['kind'])

export function retainsClusters(provider: string): boolean {
  return retaining.has(provider)
}

export const providerNames: readonly string[] = Object.keys(loaders)

/** @throws PacketproofError E_USAGE when there is no provider of that name. */
export async function loadProvider(name: string): Promise<Provide> {
  const load = loaders[name]
  if (load === undefined) {
    throw new PacketproofError('E_USAGE', `there is no provider "${name}"; known: ${providerNames.join(', ')}`)
  }
  return load()
}

export interface CreateClusterOptions extends Partial<ProviderOptions> {
  /** Default `netns`. */
  readonly provider?: string
}

/**
 * A cluster of one's own, for a test in any runner: `await using cluster = await createCluster('masquerade')`.
 * @param profile the name of a profile in `clusters/`, or a profile
 */
export async function createCluster(
  profile: string | ClusterProfile,
  options: CreateClusterOptions = {},
): Promise<Cluster> {
  const described = typeof profile === 'string' ? loadProfile(profile) : profile
  const provide = await loadProvider(options.provider ?? 'netns')
  const provided = await provide(described, { name: described.name, ...options })
  try {
    return await connectCluster(provided, { profile: described })
  } catch (error) {
    await provided[Symbol.asyncDispose]()
    throw error
  }
}
