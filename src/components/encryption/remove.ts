import { dirname } from 'node:path'
import { waitFor } from '../../../helpers/wait-for.ts'
import { ensureSuccess } from '../../cluster/ensure-success.ts'
import { messageOf, PacketproofError } from '../../errors.ts'
import type { ComponentContext } from '../component.ts'
import { toolsOf } from '../run-tool.ts'
import { cleanUpNode } from './cleanup.ts'
import { type EncryptionCluster, encryptionPods, forgetPublicKey } from './deploy.ts'
import { keyFilePath } from './key-file.ts'
import { type EncryptionOptions, encryptionManifest, hostSocketDirectory, hostStateDirectory } from './manifest.ts'

const removeTimeoutMs = 60_000

/**
 * Deletes the objects, waits for the agents to end, and takes device, rules, routes, chains, sets, key and annotation from every node.
 * @throws PacketproofError E_TIMEOUT with what the node's tools said.
 */
export async function removeEncryption(
  cluster: EncryptionCluster,
  options: EncryptionOptions,
  context: ComponentContext = {},
): Promise<void> {
  const { signal } = context
  const wait = { timeoutMs: context.timeoutMs ?? removeTimeoutMs, ...(signal && { signal }) }
  await cluster.delete(encryptionManifest(options).toReversed())
  await waitFor('the agents of the encryption to end', async () => (await encryptionPods(cluster)).length === 0, wait)
  await Promise.all(
    cluster.nodes.map(async (node) => {
      const isFree = async (): Promise<boolean> => (await cleanUpNode(toolsOf(node, signal))).length === 0
      await waitFor(`${node.name} to be free of encryption`, isFree, wait).catch((error: unknown) => {
        if (!(error instanceof Error) || error.cause === undefined) throw error
        const message = `${node.name}: encryption could not be removed: ${messageOf(error.cause)}`
        throw new PacketproofError('E_TIMEOUT', message, { cause: error })
      })
      await ensureSuccess(node, ['rm', '-f', keyFilePath(hostStateDirectory), `${keyFilePath(hostStateDirectory)}.new`])
      // Folders of others stay.
      await node.exec(['rmdir', hostStateDirectory, dirname(hostStateDirectory), hostSocketDirectory])
      await forgetPublicKey(cluster, node.name)
    }),
  )
}
