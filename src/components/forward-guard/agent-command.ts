import { messageOf, PacketproofError } from '../../errors.ts'
import { loadKubeAccess } from '../kube-watch/kube-access.ts'
import { watchResources } from '../kube-watch/watch-resources.ts'
import { localTools } from '../run-tool.ts'
import { type FollowNodes, runGuardAgent } from './agent.ts'
import type { NodeObject } from './cluster-node.ts'
import { dryRunForwardGuard, readNodeObjects } from './dry-run.ts'
import { type ForwardGuardFlags, forwardGuardHelp, parseForwardGuardFlags } from './flags.ts'
import { guardFamilies } from './guard-rule.ts'
import { removeGuard } from './reconcile.ts'

/**
 * `packetproof agent forward-guard`: the agent; with `--dry-run` what it would apply; with `--remove` its end.
 * @param argv the arguments after `agent forward-guard`.
 * @returns the exit code: 0, or 2 with one message.
 */
export async function forwardGuardAgentCommand(argv: readonly string[]): Promise<number> {
  const abort = new AbortController()
  const stop = (): void => abort.abort()
  process.once('SIGTERM', stop).once('SIGINT', stop)
  try {
    const flags = parseForwardGuardFlags(argv, process.env)
    if (flags.help) process.stdout.write(forwardGuardHelp)
    else if (flags.remove) await remove()
    else if (flags.dryRun) await dryRun(flags, abort)
    else await runGuardAgent(flags, { run: localTools(), follow: await follower(flags), log, signal: abort.signal })
    return 0
  } catch (error) {
    const hint = error instanceof PacketproofError && error.hint !== undefined ? `\n  ${error.hint}` : ''
    process.stderr.write(`error: ${messageOf(error)}${hint}\n`)
    return 2
  } finally {
    process.off('SIGTERM', stop).off('SIGINT', stop)
  }
}

async function remove(): Promise<void> {
  for (const family of guardFamilies) {
    if (await removeGuard(localTools(), family)) log('info', `IPv${family}: the guard is removed`)
  }
}

async function dryRun(flags: ForwardGuardFlags, abort: AbortController): Promise<void> {
  const nodes = flags.nodesFrom === undefined ? await nodesNow(flags, abort) : await readNodeObjects(flags.nodesFrom)
  const { stdout, warnings } = await dryRunForwardGuard(flags, nodes)
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`)
  process.stdout.write(stdout)
}

async function nodesNow(flags: ForwardGuardFlags, abort: AbortController): Promise<readonly NodeObject[]> {
  let found: readonly NodeObject[] = []
  const listed = new AbortController()
  const access = await loadKubeAccess(flags)
  let failure: Error | undefined
  await watchResources<NodeObject>({
    path: '/api/v1/nodes',
    access,
    onChange: (objects) => {
      found = [...objects.values()]
      listed.abort()
    },
    onError: (error) => {
      failure = error
      listed.abort()
    },
    signal: AbortSignal.any([abort.signal, listed.signal]),
  })
  if (failure !== undefined) throw failure
  return found
}

async function follower(flags: ForwardGuardFlags): Promise<FollowNodes> {
  const access = await loadKubeAccess(flags)
  return async (onNodes, signal) =>
    await watchResources<NodeObject>({
      path: '/api/v1/nodes',
      access,
      onChange: (objects) => onNodes([...objects.values()]),
      onError: (error) => log('error', `the nodes cannot be followed: ${error.message}`),
      signal,
    })
}

function log(severity: 'info' | 'warning' | 'error', message: string): void {
  process.stderr.write(`${new Date().toISOString()} ${severity}: ${message}\n`)
}
