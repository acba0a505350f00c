import { type ConnectionRecord, type Pod, type StepContext, sidecarContainers, waitFor } from '../../src/index.ts'
import { ipOf, type Talk } from './talk.ts'

/** Whether the proxy of a pod tells of its connections: the built-in one does, and Envoy where it was configured to. */
export async function hasConnectionLog(context: StepContext, pod: Pod): Promise<boolean> {
  return (await isStaticEnvoy(context, pod)) || (await logOf(context, pod)).includes('"event":"listening"')
}

/** Whether the proxy of a pod is Envoy with a configuration that came with it: it knows no endpoints of Services. */
export async function isStaticEnvoy({ cluster }: StepContext, { name, namespace }: Pod): Promise<boolean> {
  const { spec } = await cluster.api.core.readNamespacedPod({ name, namespace })
  const proxy = spec?.containers.find((container) => container.name === sidecarContainers.proxy)
  return proxy?.args?.[0] === '--config-yaml'
}

async function logOf({ cluster }: StepContext, { name, namespace }: Pod): Promise<string> {
  return await cluster.api.core.readNamespacedPodLog({ namespace, name, container: sidecarContainers.proxy })
}

/** What the proxy of a pod has written about connections. */
export async function proxyRecords(context: StepContext, pod: Pod): Promise<readonly ConnectionRecord[]> {
  const log = await logOf(context, pod)
  return log.split('\n').flatMap((line) => {
    // Envoy writes the members in an order of its own.
    if (!line.startsWith('{') || !line.includes('"event":"connection"')) return []
    return [JSON.parse(line) as ConnectionRecord]
  })
}

/** The proxy's line about a connection, by where it was sent from; it is written when the connection has ended. */
export async function recordOf(context: StepContext, pod: Pod, talk: Talk): Promise<ConnectionRecord | undefined> {
  const peers = talk.from.addresses.map((address) =>
    address.includes(':') ? `[${address}]:${talk.sourcePort}` : `${address}:${talk.sourcePort}`,
  )
  const find = async (): Promise<ConnectionRecord | undefined> =>
    (await proxyRecords(context, pod)).find(({ peer }) => peers.includes(peer))
  return await waitFor(`a line about ${peers[0] ?? ''} in the proxy's log`, find, {
    timeoutMs: 1000,
    intervalMs: 10,
    signal: context.signal,
  }).catch(() => undefined)
}

/** The two addresses by which a line of the log is known, for a check. */
export function describeRecord(record: ConnectionRecord | undefined): string {
  if (record === undefined) return 'no line about it'
  const { direction, error, local, original } = record
  return `${direction} at ${local}, bound for ${original}${error === undefined ? '' : `: ${error}`}`
}

export function describeExpected(direction: 'inbound' | 'outbound', local: string, original: string): string {
  return `${direction} at ${local}, bound for ${original}`
}

export const inboundAt = (pod: Pod): string => `${ipOf(pod)}:15006`
