import { randomBytes } from 'node:crypto'
import type { KubeConfig } from '@kubernetes/client-node'
import { agentArgv } from '../../cluster/agent-argv.ts'
import { mapNodes } from '../../cluster/map-nodes.ts'
import type { ProvidedCluster, ProviderOptions } from '../../cluster/node-access.ts'
import type { ClusterProfile } from '../../cluster/profile.ts'
import { PacketproofError } from '../../errors.ts'
import { AGENT_COMMAND } from '../../images/agent-command.ts'
import { taggedReference } from '../../images/image-reference.ts'
import { imagePins } from '../../images/pins.ts'
import { foreignCapabilities, isOurRuntime } from './capabilities.ts'
import { connect } from './connect.ts'
import { requireConsent } from './consent.ts'
import { chooseContext, kubeconfigFiles } from './context.ts'
import { explainApiError } from './explain-api-error.ts'
import { imageFor } from './image-for.ts'
import { environmentOf, inspectCluster } from './inspect.ts'
import { KubeAccess } from './kube-access.ts'
import { listLeftovers, removeLeftovers } from './leftovers.ts'
import { namespaceOf, runLabels } from './manifests.ts'
import { startNodePods, startPods } from './node-pods.ts'

/**
 * A cluster that was there before, by its kubeconfig. Its nodes stand for those of the profile; a privileged pod on each is the way onto
 * it. All that is made in it is removed in the end.
 * @throws PacketproofError E_INVALID_INPUT (the kubeconfig), E_ENVIRONMENT (it cannot be reached, or does not let us), E_USAGE (no
 * consent), E_CLUSTER (too few nodes, pods that do not start), E_INTERRUPTED
 */
export async function borrowCluster(profile: ClusterProfile, options: ProviderOptions): Promise<ProvidedCluster> {
  const context = chooseContext(kubeconfigFiles(options.kubeconfig), options.context)
  const connection = await connect(context.document, context.server, options.signal)
  const mapping = mapNodes(profile, connection.nodes)
  const nodes = mapping.nodes.map(({ item }) => item)
  const runId = randomBytes(4).toString('hex')
  const image = imageFor(`${imagePins.tools.repository}:${imagePins.tools.tag}`, options.registry)
  const nodeNames = nodes.map(({ metadata }) => metadata?.name ?? '')
  requireConsent(
    { id: connection.clusterId, server: context.server, context: context.name },
    whatIsMade(nodeNames, image),
    options.yes === true,
  )
  const { config, core } = connection
  const remove = async (): Promise<void> => {
    await removeRun(config, runId)
  }
  try {
    const parts = { core, runId, nodes, signal: options.signal }
    const pods = await startNodePods({ ...parts, image })
    const access = new KubeAccess(config, core, pods, {
      start: () =>
        startPods('agent', { ...parts, image: imageFor(taggedReference(imagePins.agent), options.registry) }),
      argv: nodes.every(isOurRuntime) ? agentArgv : (args) => [...AGENT_COMMAND, ...args],
    })
    const worker = mapping.nodes.find(({ role }) => role === 'worker')?.item.metadata?.name ?? nodeNames[0] ?? ''
    const facts = await inspectCluster(connection, access, worker)
    options.signal?.throwIfAborted()
    const retain = options.retain === true
    if (retain) options.onNote?.(`kept in the cluster: the namespace ${namespaceOf(runId)} and what carries its labels`)
    return {
      name: context.name,
      provider: 'kubeconfig',
      kubeconfig: context.document,
      access,
      machines: [],
      capabilities: foreignCapabilities(profile, facts),
      // A kubelet that has just looked at a ConfigMap looks again after a minute and a half at most.
      patience: 12,
      environment: environmentOf(connection, facts),
      borrowed: { labels: runLabels(runId), retain, imageFor: (name) => imageFor(name, options.registry) },
      died: new Promise<never>(() => undefined),
      [Symbol.asyncDispose]: async () => {
        access.close('the cluster has been given back')
        if (!retain) await remove()
      },
    }
  } catch (error) {
    await remove().catch(() => undefined)
    if (options.signal?.aborted === true) {
      throw new PacketproofError('E_INTERRUPTED', 'interrupted while the cluster was being prepared', { cause: error })
    }
    throw error instanceof PacketproofError ? error : explainApiError(error, context.server)
  }
}

async function removeRun(config: KubeConfig, runId: string): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', namespace: undefined, name: namespaceOf(runId), runId }
  const found = await listLeftovers(config, runId)
  // Ours is there even where namespaces may not be listed.
  await removeLeftovers(config, [...found.filter(({ name }) => name !== namespace.name), namespace])
}

/** What to tell before anything is made. */
function whatIsMade(nodes: readonly string[], image: string): string[] {
  return [
    `a namespace packetproof-… that allows privileged pods`,
    `in it a privileged pod on each of the nodes ${nodes.join(', ')}, with their network and processes (image ${image})`,
    'what the scenario runs: pods in the namespace default, and the component under test where its manifest puts it (kube-system)',
    'rules, labels and sysctls on those nodes, as far as the scenario is about them',
  ]
}
