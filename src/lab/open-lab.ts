import { readFileSync } from 'node:fs'
import type { Cluster } from '../cluster/cluster.ts'
import { connectCluster } from '../cluster/kube-cluster.ts'
import type { Borrowed, ProvidedCluster } from '../cluster/node-access.ts'
import { messageOf, PacketproofError } from '../errors.ts'
import { imageFor } from '../providers/kubeconfig/image-for.ts'
import { HostAccess } from '../providers/netns/client/host-access.ts'
import { HostConnection } from '../providers/netns/client/host-connection.ts'
import { labFiles } from './lab-folder.ts'
import type { LabRecord } from './lab-record.ts'
import { findLab } from './list-labs.ts'

/** A running lab. Disposing of it lets go of it; the lab goes on. */
export interface Lab extends AsyncDisposable {
  readonly record: LabRecord
  readonly cluster: Cluster
}

/**
 * Connects to a lab of this user.
 * @param name default: the only lab there is
 * @throws PacketproofError E_USAGE when it is not clear which is meant, E_ENVIRONMENT when it is not running or does not answer.
 */
export async function openLab(name?: string): Promise<Lab> {
  const record = findLab(name)
  const files = labFiles(record.name)
  const connection = new HostConnection({ url: `ws+unix:${files.socket}:` })
  const close = async (): Promise<void> => connection.close('the lab has been let go of')
  const provided: ProvidedCluster = {
    name: record.name,
    provider: record.provider,
    kubeconfig: readFileSync(files.kubeconfig, 'utf8'),
    access: new HostAccess(connection),
    machines: record.machines,
    capabilities: record.capabilities as ProvidedCluster['capabilities'],
    environment: record.environment,
    ...(record.patience !== undefined && { patience: record.patience }),
    ...(record.borrowed && { borrowed: borrowedBy(record.borrowed) }),
    died: new Promise<never>(() => undefined),
    [Symbol.asyncDispose]: close,
  }
  try {
    const cluster = await connectCluster(provided, { profile: record.profile })
    return { record, cluster, [Symbol.asyncDispose]: close }
  } catch (cause) {
    await close()
    throw new PacketproofError('E_ENVIRONMENT', `the lab "${record.name}" does not answer: ${messageOf(cause)}`, {
      hint: `packetproof down ${record.name} takes it down`,
      cause,
    })
  }
}

/** What is made has the labels by which the lab is taken down. */
export function borrowedBy({ labels, registry }: NonNullable<LabRecord['borrowed']>): Borrowed {
  return { labels, retain: true, imageFor: (image) => imageFor(image, registry) }
}
