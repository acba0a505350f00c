import { buffer } from 'node:stream/consumers'
import { quote } from '../../../helpers/quote.ts'
import type { ExecOptions, HostProcess } from '../../cluster/host.ts'
import type { AccessTarget, NodeAccess } from '../../cluster/node-access.ts'
import type { Docker } from '../../docker/docker.ts'
import { PacketproofError } from '../../errors.ts'
import { AgentContainer } from './agent-container.ts'
import { ContainerProcess } from './container-process.ts'
import type { PodNetworks } from './pod-networks.ts'

/** With the folders that it needs. */
const WRITE_FILE = 'mkdir -p -- "$(dirname -- "$1")" && cat > "$1"'

/** Which container stands for which host. */
export interface ContainerDirectory {
  readonly nodes: readonly string[]
  /** By the machine's name. */
  readonly machines: ReadonlyMap<string, string>
  /** Where agents run beside nodes; undefined where their image could not be had. */
  readonly agents?: { readonly cluster: string; readonly image: string }
}

/**
 * Runs commands on hosts that are containers. Those for a pod run on its node, with the node's files and tools, in the pod's network
 * namespace.
 */
export class DockerAccess implements NodeAccess {
  readonly #docker: Docker
  readonly #directory: ContainerDirectory
  readonly #pods: PodNetworks

  constructor(docker: Docker, directory: ContainerDirectory, pods: PodNetworks) {
    this.#docker = docker
    this.#directory = directory
    this.#pods = pods
  }

  async spawn(
    target: AccessTarget,
    argv: readonly string[],
    options: Omit<ExecOptions, 'timeoutMs'> = {},
  ): Promise<HostProcess> {
    const { signal } = options
    signal?.throwIfAborted()
    const running = await this.#start(target, argv, options)
    const abort = (): void => void running.kill('SIGKILL')
    signal?.addEventListener('abort', abort, { once: true })
    const forget = (): void => signal?.removeEventListener('abort', abort)
    running.exited.then(forget, forget)
    if (signal?.aborted === true) abort()
    if (options.stdin !== undefined) running.stdin.end(options.stdin)
    return running
  }

  async startAgent(target: AccessTarget, args: readonly string[], signal?: AbortSignal): Promise<HostProcess> {
    signal?.throwIfAborted()
    const { agents } = this.#directory
    if (agents === undefined)
      throw new PacketproofError('E_TOOL_MISSING', 'Docker does not have the image of the agents')
    const { container } = await this.#placeOf(target, false)
    const running = new AgentContainer(this.#docker, { node: container, ...agents, args })
    const abort = (): void => void running.kill('SIGKILL')
    signal?.addEventListener('abort', abort, { once: true })
    const forget = (): void => signal?.removeEventListener('abort', abort)
    running.exited.then(forget, forget)
    return running
  }

  async readFile(target: AccessTarget, path: string): Promise<Buffer> {
    const { content, exitCode, complaint } = await this.#finish(target, ['cat', '--', path])
    if (exitCode === 0) return content
    throw new PacketproofError('E_EXEC_FAILED', `cannot read ${path} on ${nameOf(target)}: ${complaint}`)
  }

  async writeFile(target: AccessTarget, path: string, content: string | Buffer): Promise<void> {
    const { exitCode, complaint } = await this.#finish(target, ['sh', '-c', WRITE_FILE, 'sh', path], content)
    if (exitCode === 0) return
    throw new PacketproofError('E_EXEC_FAILED', `cannot write ${path} on ${nameOf(target)}: ${complaint}`)
  }

  async #finish(target: AccessTarget, argv: readonly string[], stdin: string | Buffer = '') {
    const running = await this.spawn(target, argv, { stdin })
    const [content, complaint, { exitCode }] = await Promise.all([
      buffer(running.stdout),
      buffer(running.stderr),
      running.exited,
    ])
    return { content, exitCode, complaint: complaint.toString().trim() }
  }

  async #start(target: AccessTarget, argv: readonly string[], options: ExecOptions): Promise<ContainerProcess> {
    const { uid, env } = options
    const user = { ...(uid !== undefined && { uid }), ...(env !== undefined && { env }) }
    for (let isRetry = false; ; isRetry = true) {
      const place = await this.#placeOf(target, isRetry)
      const running = new ContainerProcess(this.#docker, { ...place, argv, ...user })
      const announcement = await running.announced
      if (announcement?.kind === 'started') return running
      if (announcement?.kind === 'stale' && !isRetry) continue
      const complaint = (await buffer(running.stderr)).toString().trim()
      throw notStarted(target, argv, announcement?.kind, complaint)
    }
  }

  async #placeOf(target: AccessTarget, lookAgain: boolean) {
    if (target.kind === 'pod') return await this.#pods.find(target.namespace, target.name, lookAgain)
    if (target.kind === 'machine') {
      return {
        container: required(this.#directory.machines.get(target.name), target, [...this.#directory.machines.keys()]),
      }
    }
    const { nodes } = this.#directory
    return {
      container: required(
        nodes.find((name) => name === target.name),
        target,
        nodes,
      ),
    }
  }
}

function required(container: string | undefined, target: AccessTarget, known: readonly string[]): string {
  if (container !== undefined) return container
  throw new PacketproofError('E_EXEC_FAILED', `there is no ${nameOf(target)}; there are ${known.join(', ') || 'none'}`)
}

function notStarted(
  target: AccessTarget,
  argv: readonly string[],
  reason: 'missing' | 'stale' | undefined,
  complaint: string,
): PacketproofError {
  const place = `${nameOf(target)}: ${quote(argv[0] ?? '')}`
  if (reason === 'missing') {
    const what =
      argv[0]?.includes('/') === true ? 'there is no such program, or it is not executable' : 'no such program in PATH'
    return new PacketproofError('E_EXEC_FAILED', `cannot run on ${nameOf(target)}: "${argv[0] ?? ''}": ${what}`)
  }
  if (reason === 'stale') return new PacketproofError('E_EXEC_FAILED', `${place}: the pod's network namespace is gone`)
  return new PacketproofError('E_EXEC_FAILED', `${place}: ${complaint || 'docker exec ended without a word'}`)
}

function nameOf(target: AccessTarget): string {
  const place = target.kind === 'pod' ? `${target.namespace}/${target.name}` : target.name
  return `${target.kind} "${place}"`
}
