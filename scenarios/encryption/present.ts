import { type Cluster, type Node, PacketproofError, type StepContext, waitFor } from '../../src/index.ts'
import { readDevice } from './node-facts.ts'
import { type EncryptionWorld, TUNNEL } from './world.ts'

export const OWN_ENCRYPTION = 'the encryption is the cluster’s own, and is left as it is'

const PRESENT_TIMEOUT_MS = 20_000

/** Whether some node has the tunnel already. */
export async function isEncrypted({ nodes }: Pick<Cluster, 'nodes'>): Promise<boolean> {
  const devices = await Promise.all(nodes.map((node) => readDevice(node)))
  return devices.some((device) => device !== undefined)
}

/**
 * Finds out whose encryption is looked at: this project's, unless the cluster has its own.
 * @throws PacketproofError E_CLUSTER when another was asked for than there is
 */
export async function chooseEncryption(context: StepContext, world: EncryptionWorld): Promise<void> {
  const asked = context.settings.components.get('encryption')
  const isPresent = await isEncrypted(context.cluster)
  if (asked === 'builtin' && isPresent) {
    throw new PacketproofError(
      'E_CLUSTER',
      `the cluster has ${TUNNEL} already: another encryption cannot be put in its place`,
      {
        hint: 'prove the one that it has: --component encryption=present',
      },
    )
  }
  if (asked !== undefined && asked !== 'builtin' && !isPresent) {
    throw new PacketproofError(
      'E_CLUSTER',
      `no node of the cluster has ${TUNNEL}, as Cilium makes it with encryption.type=wireguard`,
      {
        hint: 'leave out --component to have this project’s encryption deployed, or use the provider kind, whose cluster comes with Cilium',
      },
    )
  }
  world.isBuiltin = !isPresent
  if (isPresent) context.foundVariant('encryption', 'present')
}

/** Resolves when every node has a peer for each other one. */
export async function waitForPresent({ cluster, signal }: StepContext): Promise<void> {
  const isUp = async (node: Node): Promise<boolean> =>
    (await readDevice(node))?.peers.length === cluster.nodes.length - 1
  for (const node of cluster.nodes) {
    const reason = `${TUNNEL} on ${node.name}, with a peer for each other node`
    await waitFor(reason, () => isUp(node), { timeoutMs: PRESENT_TIMEOUT_MS, signal })
  }
}
