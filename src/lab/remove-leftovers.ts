import { findTool } from '../../helpers/find-tool.ts'
import { messageOf } from '../errors.ts'

/**
 * Removes the kind clusters that this user's runs and labs have left in Docker: those whose makers were killed, and those that were kept.
 * @param onNote is told when Docker could not be asked
 * @returns their names; none where there is no Docker
 */
export async function removeKindLeftovers(onNote: (text: string) => void): Promise<readonly string[]> {
  if (findTool('docker') === undefined) return []
  const { connectDocker } = await import('../docker/docker.ts')
  const { listLeftoverClusters, removeCluster } = await import('../providers/kind/leftovers.ts')
  const connected = await connectDocker().catch((error: unknown) => {
    onNote(`kind clusters were not looked for: ${messageOf(error)}`)
    return undefined
  })
  if (connected === undefined) return []
  const left = (await listLeftoverClusters(connected.docker)).filter(
    ({ isAbandoned, isRetained, isHeld }) => isAbandoned || (isRetained && !isHeld),
  )
  for (const { name } of left) await removeCluster(connected.docker, name)
  return left.map(({ name }) => name)
}

/**
 * Removes from a cluster that was there before what runs and labs have left in it.
 * @param kubeconfig files, as kubectl reads them; default: $KUBECONFIG, then ~/.kube/config
 * @param labels of one run; default: of all, so that none may be under way
 * @returns the objects, as `Kind namespace/name`
 * @throws PacketproofError E_INVALID_INPUT (the kubeconfig), E_ENVIRONMENT when the cluster cannot be reached
 */
export async function removeClusterLeftovers(
  kubeconfig: string | undefined,
  { context, labels }: { readonly context?: string | undefined; readonly labels?: Readonly<Record<string, string>> },
): Promise<readonly string[]> {
  const { chooseContext, kubeconfigFiles } = await import('../providers/kubeconfig/context.ts')
  const { connect } = await import('../providers/kubeconfig/connect.ts')
  const { listLeftovers, removeLeftovers } = await import('../providers/kubeconfig/leftovers.ts')
  const { RUN_LABEL } = await import('../providers/kubeconfig/manifests.ts')
  const { document, server } = chooseContext(kubeconfigFiles(kubeconfig), context)
  const { config } = await connect(document, server, undefined)
  const left = await listLeftovers(config, labels?.[RUN_LABEL])
  await removeLeftovers(config, left)
  return left.map(({ kind, namespace, name }) => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`)
}
