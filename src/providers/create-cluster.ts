import type { ProvidedCluster, ProviderOptions } from '../cluster/node-access.ts'
import type { ClusterProfile } from '../cluster/profile.ts'
import { PacketproofError } from '../errors.ts'

type CreateCluster = (profile: ClusterProfile, options: ProviderOptions) => Promise<ProvidedCluster>

/** Loaded when asked for: a provider brings its own libraries. */
const loaders: Readonly<Record<string, () => Promise<CreateCluster>>> = {
  netns: async () => (await import('./netns/provider.ts')).createNetnsCluster,
}

export const providerNames: readonly string[] = Object.keys(loaders)

/** @throws PacketproofError E_USAGE when there is no provider of that name. */
export async function loadProvider(name: string): Promise<CreateCluster> {
  const load = loaders[name]
  if (load === undefined) {
    throw new PacketproofError('E_USAGE', `there is no provider "${name}"; known: ${providerNames.join(', ')}`)
  }
  return load()
}
