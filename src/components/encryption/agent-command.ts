import { messageOf, PacketproofError } from '../../errors.ts'
import { ApiRequests } from '../kube-watch/api-request.ts'
import { type KubeAccess, loadKubeAccess } from '../kube-watch/kube-access.ts'
import { watchResources } from '../kube-watch/watch-resources.ts'
import { localTools } from '../run-tool.ts'
import { type ClusterAccess, runEncryptionAgent } from './agent.ts'
import { cleanUpNode, removeKeyFile } from './cleanup.ts'
import { type NodeObject, type PodObject, readClusterFacts } from './cluster-facts.ts'
import { desiredNode } from './desired-node.ts'
import { type ClusterObjects, dryRunOnEmptyMachine, dryRunOnMachine, readClusterObjects } from './dry-run.ts'
import { type EncryptionFlags, encryptionHelp, parseEncryptionFlags } from './flags.ts'
import { writeNewKey } from './key-file.ts'
import { publicKeyOf } from './key-pair.ts'
import { publicKeyAnnotation } from './names.ts'
import { readLinks } from './observe.ts'

/**
 * `packetproof agent encryption`: the agent; with `--dry-run` what it would do; with `--rotate-key` a new key; with `--cleanup` its end.
 * @param argv the arguments after `agent encryption`.
 * @returns the exit code: 0, or 2 with one message.
 */
export async function encryptionAgentCommand(argv: readonly string[]): Promise<number> {
  const abort = new AbortController()
  const stop = (): void => abort.abort()
  process.once('SIGTERM', stop).once('SIGINT', stop)
  try {
    const flags = parseEncryptionFlags(argv, process.env)
    await runMode(flags, abort.signal)
    return 0
  } catch (error) {
    const hint = error instanceof PacketproofError && error.hint !== undefined ? `\n  ${error.hint}` : ''
    process.stderr.write(`error: ${messageOf(error)}${hint}\n`)
    return 2
  } finally {
    process.off('SIGTERM', stop).off('SIGINT', stop)
  }
}

async function runMode(flags: EncryptionFlags, signal: AbortSignal): Promise<void> {
  switch (flags.mode) {
    case 'help':
      process.stdout.write(encryptionHelp)
      return
    case 'rotate-key': {
      const key = publicKeyOf(await writeNewKey(flags.stateDirectory))
      process.stdout.write(`the new public key is ${key}\n`)
      return
    }
    case 'dry-run':
      return await dryRun(flags, signal)
    case 'cleanup':
      return await cleanUp(flags, signal)
    case 'agent':
      await runEncryptionAgent(flags, {
        run: localTools(),
        cluster: clusterAccess(await loadKubeAccess(kubeconfigOf(flags))),
        log,
        signal,
      })
  }
}

async function dryRun(flags: EncryptionFlags, signal: AbortSignal): Promise<void> {
  const { stdout, warnings } =
    flags.from === undefined
      ? await dryRunOnMachine(await objectsNow(flags, signal), flags, localTools())
      : dryRunOnEmptyMachine(await readClusterObjects(flags.from), flags)
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`)
  process.stdout.write(stdout)
}

async function cleanUp(flags: EncryptionFlags, signal: AbortSignal): Promise<void> {
  for (const what of await cleanUpNode(localTools())) log('info', `removed ${what}`)
  await removeKeyFile(flags.stateDirectory)
  try {
    const access = clusterAccess(await loadKubeAccess(kubeconfigOf(flags)))
    const objects = await objectsNow(flags, signal)
    const facts = readClusterFacts(objects.nodes, [])
    const { self } = desiredNode(facts, await readLinks(localTools()), undefined, { ...flags, strict: false })
    await access.annotateNode(self.name, { [publicKeyAnnotation]: null }, signal)
  } catch (error) {
    log('warning', `the annotation ${publicKeyAnnotation} of this node was left: ${messageOf(error)}`)
  }
}

/** What there is, read once. */
async function objectsNow(flags: EncryptionFlags, signal: AbortSignal): Promise<ClusterObjects> {
  const access = await loadKubeAccess(kubeconfigOf(flags))
  const [nodes, pods] = await Promise.all([
    listOnce<NodeObject>('/api/v1/nodes', access, signal),
    listOnce<PodObject>('/api/v1/pods', access, signal),
  ])
  return { nodes, pods }
}

async function listOnce<T extends NodeObject | PodObject>(
  path: string,
  access: KubeAccess,
  signal: AbortSignal,
): Promise<readonly T[]> {
  const listed = new AbortController()
  let found: readonly T[] = []
  let failure: Error | undefined
  await watchResources<T>({
    path,
    access,
    onChange: (objects) => {
      found = [...objects.values()]
      listed.abort()
    },
    onError: (error) => {
      failure = error
      listed.abort()
    },
    signal: AbortSignal.any([signal, listed.signal]),
  })
  if (failure !== undefined) throw failure
  return found
}

function clusterAccess(access: KubeAccess): ClusterAccess {
  const requests = new ApiRequests(access)
  const follow =
    <T extends NodeObject | PodObject>(path: string, what: string) =>
    async (onObjects: (objects: readonly T[]) => void, signal: AbortSignal): Promise<void> =>
      await watchResources<T>({
        path,
        access,
        onChange: (objects) => onObjects([...objects.values()]),
        onError: (error) => log('error', `the ${what} cannot be followed: ${error.message}`),
        signal,
      })
  return {
    followNodes: follow<NodeObject>('/api/v1/nodes', 'nodes'),
    followPods: follow<PodObject>('/api/v1/pods', 'pods'),
    annotateNode: async (name, annotations, signal) =>
      await requests.mergePatch(`/api/v1/nodes/${encodeURIComponent(name)}`, { metadata: { annotations } }, signal),
  }
}

function kubeconfigOf({ kubeconfig }: EncryptionFlags): { readonly kubeconfig?: string } {
  return kubeconfig === undefined ? {} : { kubeconfig }
}

function log(severity: 'info' | 'warning' | 'error', message: string): void {
  process.stderr.write(`${new Date().toISOString()} ${severity}: ${message}\n`)
}
