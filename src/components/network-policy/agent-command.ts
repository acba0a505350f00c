import type { V1Namespace, V1NetworkPolicy, V1Pod } from '@kubernetes/client-node'
import { messageOf, PacketproofError } from '../../errors.ts'
import { loadKubeAccess } from '../kube-watch/kube-access.ts'
import { watchResources } from '../kube-watch/watch-resources.ts'
import { localTools } from '../run-tool.ts'
import { NetworkPolicyAgent } from './agent.ts'
import { cleanNode } from './apply/programmer.ts'
import { dryRunNetworkPolicy } from './dry-run.ts'
import { type NetworkPolicyFlags, networkPolicyHelp, parseNetworkPolicyFlags } from './flags.ts'

/**
 * `packetproof agent network-policy`.
 * @param argv the arguments after `agent network-policy`.
 * @returns the exit code: 0, or 2 with one message.
 */
export async function networkPolicyAgentCommand(argv: readonly string[]): Promise<number> {
  const abort = new AbortController()
  const stop = (): void => abort.abort()
  process.once('SIGTERM', stop).once('SIGINT', stop)
  try {
    const flags = parseNetworkPolicyFlags(argv, process.env)
    if (flags.help) process.stdout.write(networkPolicyHelp)
    else if (flags.cleanup) await cleanUp()
    else if (flags.dryRun) process.stdout.write(await dryRunNetworkPolicy(flags))
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
  const found = await cleanNode(localTools())
  log('info', found ? 'chains, jumps and sets are removed' : 'there was nothing to remove')
}

async function runAgent(flags: NetworkPolicyFlags, stop: AbortController): Promise<void> {
  const { signal } = stop
  const access = await loadKubeAccess(flags)
  const agent = new NetworkPolicyAgent({ ...flags, nodeName: flags.nodeName ?? '' }, localTools(), log)
  const follow = <T>(what: string, path: string, take: (found: readonly T[]) => void): Promise<void> =>
    watchResources<T & object>({
      path,
      access,
      onChange: (found) => take([...found.values()]),
      onError: (error) => log('error', `${what} cannot be followed: ${error.message}`),
      signal,
    })
  const following = [
    follow<V1Namespace>('Namespaces', '/api/v1/namespaces', (namespaces) => agent.take({ namespaces })),
    follow<V1Pod>('Pods', '/api/v1/pods', (pods) => agent.take({ pods })),
    follow<V1NetworkPolicy>('NetworkPolicies', '/apis/networking.k8s.io/v1/networkpolicies', (policies) =>
      agent.take({ policies }),
    ),
  ].map(async (watch) => {
    await watch.finally(() => stop.abort())
  })
  // Their failure is thrown below; until then nobody awaits it.
  for (const watch of following) watch.catch(() => undefined)
  await agent.keep(signal)
  await Promise.all(following)
}

function log(severity: 'info' | 'warning' | 'error', message: string): void {
  process.stderr.write(`${new Date().toISOString()} ${severity}: ${message}\n`)
}
