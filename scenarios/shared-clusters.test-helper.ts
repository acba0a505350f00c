import { connectDocker } from '../src/docker/docker.ts'
import { retainsClusters } from '../src/providers/create-cluster.ts'
import { listLeftoverClusters, removeCluster } from '../src/providers/kind/leftovers.ts'

/** Of the clusters that scenarios share. */
const PREFIX = 'packetproof-shared-'

/** After the last scenario. */
export async function teardown(): Promise<void> {
  if (!retainsClusters(process.env['PACKETPROOF_PROVIDER'] ?? 'netns')) return
  const { docker } = await connectDocker(undefined)
  const clusters = await listLeftoverClusters(docker)
  for (const { name } of clusters) if (name.startsWith(PREFIX)) await removeCluster(docker, name)
}
