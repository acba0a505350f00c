import { waitFor } from '../../../helpers/wait-for.ts'
import { printMatrixPort } from './matrix-port.ts'
import type { MatrixProber } from './matrix-prober.ts'
import type { MatrixPort, MatrixTarget } from './types.ts'

/**
 * Resolves once every server of the targets answers, or refuses, inside its own network namespace, where no rule of a node is in
 * the way: a pod that runs is not yet one that listens.
 * @throws PacketproofError E_TIMEOUT that names a server that does not.
 */
export async function waitForServers(
  prober: MatrixProber,
  targets: readonly MatrixTarget[],
  ports: readonly MatrixPort[],
  options: { readonly family?: 4 | 6; readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<void> {
  const { timeoutMs = 20_000, family = 4, signal } = options
  let left = targets
  await waitFor(
    `the servers of ${targets.length} targets to answer on ${ports.map(printMatrixPort).join(', ')}`,
    async () => {
      const { controls } = await prober.run({ sources: [], targets: left, ports, family, ...(signal && { signal }) })
      const mute = controls.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'skipped')
      left = left.filter(({ name }) => mute.some(({ to }) => to === name))
      if (mute[0] === undefined) return true
      throw new Error(`${mute[0].to} on ${printMatrixPort(mute[0].port)}: ${mute[0].detail}`)
    },
    { timeoutMs, intervalMs: 20, ...(signal && { signal }) },
  )
}
