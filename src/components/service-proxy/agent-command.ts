import type { V1EndpointSlice, V1Node, V1Service } from '@kubernetes/client-node'
import { messageOf, PacketproofError } from '../../errors.ts'
import { loadKubeAccess } from '../kube-watch/kube-access.ts'
import { watchResources } from '../kube-watch/watch-resources.ts'
import { localTools } from '../run-tool.ts'
import { ServiceProxyAgent } from './agent.ts'
import { dryRunServiceProxy } from './dry-run.ts'
import { parseServiceProxyFlags, type ServiceProxyFlags, serviceProxyHelp } from './flags.ts'
import { cleanNode, setRouteLocalnet } from './node-rules.ts'

/** Headless Services have no address to translate; kube-proxy does not watch them, either. */
const PROXIED = encodeURIComponent('!service.kubernetes.io/service-proxy-name,!service.kubernetes.io/headless')

/**
 * `packetproof agent service-proxy`.
 * @param argv the arguments after `agent service-proxy`.
 * @returns the exit code: 0, or 2 with one message.
 */
export async function serviceProxyAgentCommand(argv: readonly string[]): Promise<number> {
  const abort = new AbortController()
  const stop = (): void => abort.abort()
  process.once('SIGTERM', stop).once('SIGINT', stop)
  try {
    const flags = parseServiceProxyFlags(argv, process.env)
    if (flags.help) process.stdout.write(serviceProxyHelp)
    else if (flags.cleanup) await cleanUp()
    else if (flags.dryRun) process.stdout.write(await dryRunServiceProxy(flags))
    else await runAgent(flags, abort)
    return 0
  } catch (error) {
    const hint = error instanceof PacketproofError && error.hint !== undefined ? `\n  ${error.hint}` : ''
    process.stderr.write(`error: ${messageOf(error)}${hint}\n`)
    return 2
  } finally {
    process.off('SIGTERM', stop).off('SIGINT', stop)
  }
}

async function cleanUp(): Promise<void> {
  for (const family of [4, 6] as const) {
    if (await cleanNode(localTools(), family)) log('info', `IPv${family}: chains and rules are removed`)
  }
  await setRouteLocalnet(localTools(), false)
}

async function runAgent(flags: ServiceProxyFlags, stop: AbortController): Promise<void> {
  const { signal } = stop
  const access = await loadKubeAccess(flags)
  const agent = new ServiceProxyAgent(flags, localTools(), log)
  const node = encodeURIComponent(`metadata.name=${flags.nodeName ?? ''}`)
  const onError = (what: string) => (error: Error) => log('error', `${what} cannot be followed: ${error.message}`)
  const following = [
    watchResources<V1Service>({
      path: `/api/v1/services?labelSelector=${PROXIED}`,
      access,
      onChange: (found) => agent.take({ services: [...found.values()] }),
      onError: onError('Services'),
      signal,
    }),
    watchResources<V1EndpointSlice>({
      path: `/apis/discovery.k8s.io/v1/endpointslices?labelSelector=${PROXIED}`,
      access,
      onChange: (found) => agent.take({ slices: [...found.values()] }),
      onError: onError('EndpointSlices'),
      signal,
    }),
    watchResources<V1Node>({
      path: `/api/v1/nodes?fieldSelector=${node}`,
      access,
      onChange: (found) => agent.take({ nodeAddresses: addressesOf([...found.values()], flags.nodeName ?? '') }),
      onError: onError('this Node'),
      signal,
    }),
  ].map(async (watch) => {
    await watch.finally(() => stop.abort())
  })
  // Their failure is thrown below; until then nobody awaits it.
  for (const watch of following) watch.catch(() => undefined)
  await agent.keep(signal)
  await Promise.all(following)
}

function addressesOf(nodes: readonly V1Node[], name: string): readonly string[] {
  const [node] = nodes
  if (node === undefined) log('error', `the cluster has no Node ${name}: nothing is translated here until it has`)
  return (node?.status?.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address)
}

function log(severity: 'info' | 'warning' | 'error', message: string): void {
  process.stderr.write(`${new Date().toISOString()} ${severity}: ${message}\n`)
}
