import { buffer } from 'node:stream/consumers'
import type { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import type { ExecOptions, ExitStatus, HostProcess } from '../../cluster/host.ts'
import type { AccessTarget, NodeAccess } from '../../cluster/node-access.ts'
import { PacketproofError } from '../../errors.ts'
import { ExecProcess } from './exec-process.ts'
import { type ExecPlace, openExecSocket } from './exec-socket.ts'
import { findNetworkArgv, readNetworkPlace } from './find-network.ts'
import { killArgv, type NetworkPlace, wrapCommand } from './wrapper.ts'

const START_TIMEOUT_MS = 30_000

type SpawnOptions = Omit<ExecOptions, 'timeoutMs'>

/** The pod of ours on each node, by the name of the node. */
export type NodePods = ReadonlyMap<string, ExecPlace>

/** How pods for this project's agents come to be, and what the agents are called with there. */
export interface AgentPods {
  start(): Promise<NodePods>
  argv(args: readonly string[]): readonly string[]
}

/** Runs commands on nodes, and in the networks of pods, by way of a privileged pod on each node. */
export class KubeAccess implements NodeAccess {
  readonly #config: KubeConfig
  readonly #core: CoreV1Api
  readonly #nodePods: NodePods
  /** By namespace and name of the pod; checked whenever it is used. */
  readonly #networks = new Map<string, { readonly node: string; readonly place: NetworkPlace | undefined }>()
  readonly #agents: AgentPods
  #agentPods: Promise<NodePods> | undefined
  #closed: string | undefined

  constructor(config: KubeConfig, core: CoreV1Api, nodePods: NodePods, agents: AgentPods) {
    this.#config = config
    this.#core = core
    this.#nodePods = nodePods
    this.#agents = agents
  }

  /** From here on every command is refused with this reason. */
  close(reason: string): void {
    this.#closed = reason
  }

  async spawn(target: AccessTarget, argv: readonly string[], options: SpawnOptions = {}): Promise<HostProcess> {
    options.signal?.throwIfAborted()
    if (target.kind === 'machine') throw refuse(`there is no machine "${target.name}"`)
    if (target.kind === 'node') return (await this.#start(target.name, undefined, argv, options)).process
    const key = `${target.namespace}/${target.name}`
    // Once more when the pod that had the name is another one by now.
    for (const isLast of [false, true]) {
      const { node, place } = this.#networks.get(key) ?? (await this.#findNetwork(target.namespace, target.name))
      const { process, start } = await this.#start(node, place, argv, options)
      if (start === 'started') return process
      this.#networks.delete(key)
      if (isLast) break
    }
    throw refuse(`the network namespace of the pod ${key} is gone`)
  }

  /** In a pod for agents on the node; such pods are made when the first is asked for. */
  async startAgent(target: AccessTarget, args: readonly string[], signal?: AbortSignal): Promise<HostProcess> {
    signal?.throwIfAborted()
    if (target.kind !== 'node') throw refuse(`agents run on nodes, and ${target.name} is none`)
    if (this.#closed !== undefined) throw refuse(this.#closed)
    this.#agentPods ??= this.#agents.start()
    const place = podOf(await this.#agentPods, target.name)
    const options = signal === undefined ? {} : { signal }
    return (await this.#startIn(place, undefined, this.#agents.argv(args), options)).process
  }

  async readFile(target: AccessTarget, path: string): Promise<Buffer> {
    const { stdout } = await this.#run(target, ['cat', '--', path], `could not read ${path} on "${target.name}"`)
    return stdout
  }

  async writeFile(target: AccessTarget, path: string, content: string | Buffer): Promise<void> {
    const argv = ['sh', '-c', 'mkdir -p -- "$(dirname -- "$1")" && cat >"$1"', 'packetproof', path]
    await this.#run(target, argv, `could not write ${path} on "${target.name}"`, Buffer.from(content))
  }

  async #run(
    target: AccessTarget,
    argv: readonly string[],
    complaint: string,
    stdin: Buffer = Buffer.alloc(0),
  ): Promise<{ readonly stdout: Buffer }> {
    const running = await this.spawn(target, argv, { stdin })
    const [stdout, stderr, exit] = await outcomeOf(running)
    if (exit.exitCode !== 0) throw refuse(`${complaint}: ${stderr.toString().trim() || `exit code ${exit.exitCode}`}`)
    return { stdout }
  }

  async #start(
    node: string,
    place: NetworkPlace | undefined,
    argv: readonly string[],
    options: SpawnOptions,
  ): Promise<{ readonly process: ExecProcess; readonly start: 'started' | 'stale' }> {
    if (this.#closed !== undefined) throw refuse(this.#closed)
    return await this.#startIn(podOf(this.#nodePods, node), place, argv, options)
  }

  async #startIn(
    pod: ExecPlace,
    place: NetworkPlace | undefined,
    argv: readonly string[],
    options: SpawnOptions,
  ): Promise<{ readonly process: ExecProcess; readonly start: 'started' | 'stale' }> {
    const input = options.stdin === undefined ? undefined : Buffer.from(options.stdin)
    const wrapped = wrapCommand(argv, options, input?.length ?? 'lines', place)
    const process = new ExecProcess(argv, wrapped.mark, input?.length ?? 'lines', (pid, signal) =>
      this.#kill(pod, pid, signal),
    )
    const socket = await openExecSocket(this.#config, pod, wrapped.argv, process)
    process.begin(socket, input)
    const timer = setTimeout(() => {
      socket.close()
    }, START_TIMEOUT_MS)
    const start = await process.started.finally(() => clearTimeout(timer))
    const abort = (): void => void process.kill('SIGKILL').catch(() => undefined)
    if (options.signal?.aborted) abort()
    options.signal?.addEventListener('abort', abort, { once: true })
    const forget = (): void => options.signal?.removeEventListener('abort', abort)
    process.exited.then(forget, forget)
    return { process, start }
  }

  async #kill(pod: ExecPlace, pid: number, signal: string): Promise<void> {
    const wrapped = wrapCommand(killArgv(pid, signal), {}, 0, undefined)
    const killer = new ExecProcess(killArgv(pid, signal), wrapped.mark, 0, () => Promise.resolve())
    killer.begin(await openExecSocket(this.#config, pod, wrapped.argv, killer), undefined)
    await killer.exited
  }

  async #findNetwork(namespace: string, name: string): Promise<{ node: string; place: NetworkPlace | undefined }> {
    const pod = await this.#core.readNamespacedPod({ namespace, name }).catch((cause: unknown) => {
      throw new PacketproofError('E_EXEC_FAILED', `there is no pod ${namespace}/${name}`, { cause })
    })
    const node = pod.spec?.nodeName ?? ''
    if (pod.spec?.hostNetwork === true) return { node, place: undefined }
    const address = pod.status?.podIP
    const hint = 'It has not been started yet, or has ended.'
    const absent = new PacketproofError('E_EXEC_FAILED', `the pod ${namespace}/${name} has no network namespace`, {
      hint,
    })
    if (address === undefined) throw absent
    const { stdout } = await this.#run(
      { kind: 'node', name: node },
      findNetworkArgv(address),
      `could not look for ${address}`,
    )
    const place = readNetworkPlace(stdout.toString())
    if (place === undefined) throw absent
    const found = { node, place }
    this.#networks.set(`${namespace}/${name}`, found)
    return found
  }
}

function podOf(pods: NodePods, node: string): ExecPlace {
  const pod = pods.get(node)
  if (pod === undefined) throw refuse(`there is no node "${node}"`)
  return pod
}

async function outcomeOf(running: HostProcess): Promise<[Buffer, Buffer, ExitStatus]> {
  return Promise.all([buffer(running.stdout), buffer(running.stderr), running.exited])
}

function refuse(message: string): PacketproofError {
  return new PacketproofError('E_EXEC_FAILED', message)
}
