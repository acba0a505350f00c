import type { CoreV1Api, KubeConfig, V1Node } from '@kubernetes/client-node'
import { PacketproofError } from '../../errors.ts'
import { explainApiError } from './explain-api-error.ts'

const CONNECT_TIMEOUT_MS = 10_000

export interface Connection {
  readonly config: KubeConfig
  readonly core: CoreV1Api
  readonly nodes: readonly V1Node[]
  /** The uid of its namespace kube-system: what a cluster is known by. */
  readonly clusterId: string
  readonly version: string
}

/** @throws PacketproofError E_ENVIRONMENT that says why the cluster cannot be used: not reached, not let in, not allowed. */
export async function connect(
  document: string,
  server: string,
  signal: AbortSignal | undefined,
  timeoutMs = CONNECT_TIMEOUT_MS,
): Promise<Connection> {
  const kube = await import('@kubernetes/client-node')
  const config = new kube.KubeConfig()
  try {
    config.loadFromString(document)
    const core = config.makeApiClient(kube.CoreV1Api)
    const version = config.makeApiClient(kube.VersionApi)
    const [{ gitVersion }, nodes, system] = await withDeadline(
      Promise.all([version.getCode(), core.listNode(), core.readNamespace({ name: 'kube-system' })]),
      server,
      signal,
      timeoutMs,
    )
    return { config, core, nodes: nodes.items, clusterId: system.metadata?.uid ?? server, version: gitVersion }
  } catch (error) {
    throw explainApiError(error, server)
  }
}

/** The library waits as long as the kernel does. */
async function withDeadline<T>(
  work: Promise<T>,
  server: string,
  signal: AbortSignal | undefined,
  timeoutMs: number,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let abort: (() => void) | undefined
  work.catch(() => undefined)
  try {
    return await Promise.race([
      work,
      new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => {
          reject(
            new PacketproofError('E_ENVIRONMENT', `${server} has not answered within ${timeoutMs / 1000} s`, {
              hint: 'is the cluster running, and is this its address? (kubectl cluster-info)',
            }),
          )
        }, timeoutMs)
        abort = () =>
          reject(new PacketproofError('E_INTERRUPTED', 'interrupted while connecting', { cause: signal?.reason }))
        if (signal?.aborted) abort()
        signal?.addEventListener('abort', abort, { once: true })
      }),
    ])
  } finally {
    clearTimeout(timer)
    if (abort !== undefined) signal?.removeEventListener('abort', abort)
  }
}
