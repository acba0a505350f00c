import { waitFor } from '../../../helpers/wait-for.ts'
import { messageOf, PacketproofError } from '../../errors.ts'
import type { ComponentContext } from '../component.ts'
import { toolsOf } from '../run-tool.ts'
import { type ForwardGuardCluster, guardPods } from './deploy.ts'
import { guardFamilies } from './guard-rule.ts'
import { type ForwardGuardOptions, forwardGuardManifest } from './manifest.ts'
import { removeGuard } from './reconcile.ts'

const removeTimeoutMs = 60_000

/**
 * Deletes the objects, waits for the agents to end, then takes rule and sets of both families from every node and looks
 * again: agents leave them, so that a restart of one does not open the cluster.
 * @throws PacketproofError E_TIMEOUT with what the node's tools said.
 */
export async function removeForwardGuard(
  cluster: ForwardGuardCluster,
  options: ForwardGuardOptions,
  context: ComponentContext = {},
): Promise<void> {
  const { signal } = context
  const wait = { timeoutMs: context.timeoutMs ?? removeTimeoutMs, ...(signal && { signal }) }
  await cluster.delete(forwardGuardManifest(options).toReversed())
  await waitFor('the agents of the guard to end', async () => (await guardPods(cluster)).length === 0, wait)
  await Promise.all(
    cluster.nodes.flatMap((node) =>
      guardFamilies.map(async (family) => {
        const isFree = async (): Promise<boolean> => !(await removeGuard(toolsOf(node, signal), family))
        await waitFor(`${node.name} to be free of the IPv${family} guard`, isFree, wait).catch((error: unknown) => {
          if (!(error instanceof Error) || error.cause === undefined) throw error
          const message = `${node.name}: the IPv${family} guard could not be removed: ${messageOf(error.cause)}`
          throw new PacketproofError('E_TIMEOUT', message, { cause: error })
        })
      }),
    ),
  )
}
