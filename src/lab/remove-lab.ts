import { existsSync, readFileSync, rmSync } from 'node:fs'
import { waitFor } from '../../helpers/wait-for.ts'
import { messageOf, PacketproofError } from '../errors.ts'
import { labFiles } from './lab-folder.ts'
import { listLabs } from './list-labs.ts'
import { unmergeKubeconfig } from './merge-kubeconfig.ts'
import { isAlive } from './process-identity.ts'

const removalTimeoutMs = 120_000

/**
 * Takes a lab down: its keeper removes the cluster and ends. What a crashed keeper left in a borrowed cluster is removed here; a cluster
 * of namespaces went with it, and one of kind's is found by its labels (`removeKindLeftovers`).
 * @param onNote is told what could not be undone
 * @throws PacketproofError E_TIMEOUT when the keeper does not end; its log says why.
 */
export async function removeLab(name: string, onNote: (text: string) => void): Promise<void> {
  const { folder, log, kubeconfig } = labFiles(name)
  const record = listLabs().find((lab) => lab.name === name)?.record
  if (record?.mergedInto !== undefined && existsSync(kubeconfig)) {
    unmergeKubeconfig(readFileSync(kubeconfig, 'utf8'), record.mergedInto)
  }
  const keeper = record?.keeper
  const isRunning = keeper !== undefined && isAlive(keeper)
  if (record?.borrowed !== undefined) {
    const { giveBack, giveBackAfterCrash } = await import('./give-back.ts')
    // A cluster that is gone keeps nothing of the lab, and must not keep the lab.
    await (isRunning ? giveBack(name, onNote) : giveBackAfterCrash(record, onNote)).catch((error: unknown) =>
      onNote(`what the lab "${name}" has made in its cluster could not be removed: ${messageOf(error)}`),
    )
  }
  if (isRunning) {
    process.kill(keeper.pid, 'SIGTERM')
    await waitFor(`the keeper of the lab "${name}" to end`, () => !isAlive(keeper), {
      timeoutMs: removalTimeoutMs,
    }).catch((cause: unknown) => {
      throw new PacketproofError('E_TIMEOUT', `the keeper of the lab "${name}" (process ${keeper.pid}) does not end`, {
        hint: `see ${log}`,
        cause,
      })
    })
  }
  if (existsSync(folder)) rmSync(folder, { recursive: true, force: true })
}
