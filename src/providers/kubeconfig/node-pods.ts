import type { CoreV1Api, V1Node, V1Pod } from '@kubernetes/client-node'
import { waitFor } from '../../../helpers/wait-for.ts'
import { PacketproofError } from '../../errors.ts'
import type { NodePods } from './kube-access.ts'
import { namespaceOf, nodePod, type PodRole, ROLE_LABEL, runNamespace, TOOLS_CONTAINER } from './manifests.ts'

const READY_TIMEOUT_MS = 180_000
const LOOK_MS = 100

interface PodsOptions {
  readonly core: CoreV1Api
  readonly runId: string
  readonly nodes: readonly V1Node[]
  readonly image: string
  readonly signal: AbortSignal | undefined
}

/**
 * Makes the namespace of the run, and in it a privileged pod on each node.
 * @throws PacketproofError E_CLUSTER that names the node, and what its kubelet says
 */
export async function startNodePods(options: PodsOptions): Promise<NodePods> {
  await options.core.createNamespace({ body: runNamespace(options.runId) })
  return await startPods('node', options)
}

/** The same beside the pods for commands, once they are there, of the image of the agents. */
export async function startPods(role: PodRole, { core, runId, nodes, image, signal }: PodsOptions): Promise<NodePods> {
  const namespace = namespaceOf(runId)
  const names = nodes.map(({ metadata }) => metadata?.name ?? '')
  await Promise.all(
    names.map((name, index) => core.createNamespacedPod({ namespace, body: nodePod(runId, role, name, index, image) })),
  )
  const ready = await waitFor(
    `the pods in the namespace ${namespace} to be Ready`,
    async () => {
      const { items } = await core.listNamespacedPod({ namespace, labelSelector: `${ROLE_LABEL}=${role}` })
      const problem = items.find((pod) => whyHopeless(pod) !== undefined)
      return (problem !== undefined || (items.length === names.length && items.every(isReady))) && { items, problem }
    },
    { timeoutMs: READY_TIMEOUT_MS, intervalMs: LOOK_MS, ...(signal && { signal }) },
  )
  if (ready.problem !== undefined) throw await explain(core, ready.problem, image, role)
  return new Map(
    ready.items.map((pod) => [
      pod.spec?.nodeName ?? '',
      { namespace, pod: pod.metadata?.name ?? '', container: TOOLS_CONTAINER },
    ]),
  )
}

function isReady({ status }: V1Pod): boolean {
  return status?.conditions?.some(({ type, status: state }) => type === 'Ready' && state === 'True') ?? false
}

/** What keeps a pod from ever running. */
function whyHopeless({ status }: V1Pod): { readonly said: string; readonly isWithoutImage: boolean } | undefined {
  if (status?.phase === 'Failed') {
    const ended = status.containerStatuses?.[0]?.state?.terminated
    const words = [status.reason, status.message, ended && `exit code ${ended.exitCode}`, ended?.message]
    return { said: words.filter(Boolean).join(', ') || 'it ended', isWithoutImage: false }
  }
  const waiting = status?.containerStatuses?.[0]?.state?.waiting
  const isWithoutImage = /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull)$/.test(
    waiting?.reason ?? '',
  )
  return isWithoutImage ? { said: `${waiting?.reason}: ${waiting?.message ?? ''}`, isWithoutImage } : undefined
}

async function explain(core: CoreV1Api, pod: V1Pod, image: string, role: PodRole): Promise<PacketproofError> {
  const target = role === 'node' ? 'tools' : 'agent'
  const { said, isWithoutImage } = whyHopeless(pod) ?? { said: '', isWithoutImage: false }
  const { name = '', namespace = '' } = pod.metadata ?? {}
  const log = isWithoutImage ? '' : await core.readNamespacedPodLog({ namespace, name, tailLines: 3 }).catch(() => '')
  const words = log.trim() === '' ? '' : `; its last words: ${log.trim()}`
  const hint = `the cluster has to be able to pull ${image}: build it (docker build --target ${target}), push it, and say where with --registry`
  return new PacketproofError(
    'E_CLUSTER',
    `the pod for ${pod.spec?.nodeName ?? 'a node'} cannot run: ${said}${words}`,
    {
      ...(isWithoutImage && { hint }),
    },
  )
}
