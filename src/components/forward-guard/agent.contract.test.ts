import { describe, expect, it } from 'vitest'
import { invalidInput } from '../../errors.ts'
import { isolatedHost } from '../../ruleset/isolated-host.test-helper.ts'
import { toolsOf } from '../run-tool.ts'
import { type FollowNodes, runGuardAgent } from './agent.ts'
import type { NodeObject } from './cluster-node.ts'
import { nodeObject } from './tables.test-helper.ts'

const options = { families: [4], intervalMs: 3_600_000, backend: 'auto', podCidrs: [] } as const
const node = nodeObject('node-1', ['172.18.10.1'], ['10.42.1.0/24'])

/** Runs the agent until it has said what is expected, with nodes that come one list after the other. */
async function logOf(
  lists: readonly (readonly NodeObject[])[],
  last: RegExp,
): Promise<{ log: string[]; sets: string }> {
  await using host = await isolatedHost()
  for (const words of ['link add ens18 type veth peer name outside', 'address add 172.18.10.1/16 dev ens18']) {
    await host.exec(['ip', ...words.split(' ')])
  }
  const abort = new AbortController()
  const log: string[] = []
  const rest = [...lists]
  let tell: (nodes: readonly NodeObject[]) => void = () => undefined
  const follow: FollowNodes = async (onNodes, signal) => {
    tell = onNodes
    onNodes(rest.shift() ?? [])
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  }
  const say = (severity: string, message: string): void => {
    log.push(`${severity}: ${message}`)
    if (last.test(message)) abort.abort()
    else if (/stands at|left as it is/.test(message)) {
      const next = rest.shift()
      if (next !== undefined) tell(next)
    }
  }
  await runGuardAgent(options, { run: toolsOf(host), follow, log: say, signal: abort.signal })
  return { log, sets: (await host.exec(['ipset', 'save'])).stdout }
}

describe('the agent', () => {
  it('follows the nodes at once, keeps what there is while they make no sense, and leaves the guard when it ends', async () => {
    const second = nodeObject('node-2', ['172.18.10.2'])
    const { log, sets } = await logOf([[node], [], [node, second]], /applied add cluster_nodes 172\.18\.10\.2/)
    expect(log.filter((line) => line.startsWith('error'))).toEqual([
      'error: IPv4: the guard was left as it is: the cluster has no nodes: with an empty set, the guard would reject the traffic of every node',
    ])
    expect(sets).toContain('add cluster_nodes 172.18.10.1\n')
    expect(sets).toContain('add cluster_nodes 172.18.10.2\n')
  })

  it('ends with the failure of whatever tells it the nodes', async () => {
    await using host = await isolatedHost()
    const follow: FollowNodes = async () => await Promise.reject(invalidInput('no such list'))
    const context = { run: toolsOf(host), follow, log: () => undefined, signal: new AbortController().signal }
    await expect(runGuardAgent(options, context)).rejects.toThrow('no such list')
  })
})
